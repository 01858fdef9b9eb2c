import VideoIO

/// What a study keeps of a video while it is made: its ends, some frames, its cuts; independent of the length.
struct VideoRecord {
    private(set) var first: [RGBFrame] = []
    private(set) var last: [RGBFrame] = []
    private(set) var samples: [RGBFrame] = []
    private(set) var count = 0
    private var detector = SceneCutDetector()
    private let kept = 16
    private let spacing: Int

    /// - Parameter frames: the video's length.
    init(frames: Int) {
        spacing = max(frames / kept, 1)
    }

    mutating func append(_ frame: RGBFrame) {
        if first.count < kept { first.append(frame) }
        last.append(frame)
        if last.count > kept { last.removeFirst() }
        if count % spacing == 0, samples.count < kept { samples.append(frame) }
        detector.append(frame)
        count += 1
    }

    /// The number of scene cuts.
    mutating func finishCuts() -> Int { detector.finish().cuts.count }

    /// Mean absolute change of a byte from frame to frame.
    static func change(_ frames: [RGBFrame]) -> Double {
        let changes = zip(frames.dropFirst(), frames).map { $0.meanAbsoluteDifference(to: $1) }
        return changes.mean ?? 0
    }
}
