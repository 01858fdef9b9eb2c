/// How many frames a file can hold, so that a decoder that never ends is noticed.
struct FrameBound {
    private let reader: VideoReader
    private let source: VideoReader.FileSource
    private var limit: Int
    private var isCounted = false

    /// Frames beyond the bound that are allowed, as a file's own numbers are rounded.
    private static let slack = 8

    init(reader: VideoReader, source: VideoReader.FileSource) {
        (self.reader, self.source) = (reader, source)
        let info = reader.info
        let byTime = (info.duration ?? 0) * (info.framesPerSecond?.value ?? 0)
        let claim = info.frameCount ?? (byTime < 1e9 ? Int(max(byTime, 0)) : 0)
        limit = min(max(claim, 0), 1 << 40) + Self.slack
    }

    /// Throws if the file is too small for this number of frames.
    ///
    /// What a container claims may be wrong, so the frames are counted before that is said.
    mutating func check(_ frames: Int) async throws(VideoIOError) {
        guard frames > limit else { return }
        if !isCounted {
            let stored = try await VideoProbe(tools: source.tools).countPackets(source.target)
            limit = stored + Self.slack
            isCounted = true
        }
        guard frames > limit else { return }
        throw .toolFailed(
            tool: source.tools.ffmpeg,
            reason: "it sends more frames of \(reader.path) than the \(limit - Self.slack) "
                + "that are in it")
    }
}
