public import VideoIO

/// What a report shows of a video besides numbers: evenly spaced frames, and one row of pixels over time.
///
/// Memory does not grow with the video.
public struct ReportRecorder {
    /// Frames of the contact sheet.
    private static let tileCount = 24
    /// Widest tile, in pixels.
    private static let tileWidth = 160
    /// Most moments of the slice; when it is full, every second one is dropped.
    private static let sliceLimit = 1_024
    /// Most pixels of a moment.
    private static let rowLimit = 256

    private let wanted: [Int]
    private(set) var tiles: [(frame: Int, picture: RGBFrame)] = []
    private var moments: [[UInt8]] = []
    private var spacing = 1

    /// A recorder for a video of so many frames.
    public init(frames: Int) {
        wanted = ContactSheet.sample(count: Self.tileCount, of: frames)
    }

    /// Takes the next frame.
    public mutating func append(_ frame: ObservedFrame) {
        let picture = frame.picture
        if tiles.count < wanted.count, wanted[tiles.count] == frame.index {
            let height = max(1, picture.height * Self.tileWidth / picture.width)
            tiles.append(
                (
                    frame.index,
                    picture.width > Self.tileWidth
                        ? picture.resized(width: Self.tileWidth, height: height) : picture
                ))
        }
        guard frame.index % spacing == 0 else { return }
        if moments.count == Self.sliceLimit {
            moments = moments.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
            spacing *= 2
            guard frame.index % spacing == 0 else { return }
        }
        moments.append(Self.middleRow(picture))
    }

    /// The x-t slice: time from left to right, the middle row of pixels from top to bottom; `nil` without a frame.
    var slice: RGBFrame? {
        guard let height = moments.first.map({ $0.count / 3 }) else { return nil }
        var pixels = [UInt8](repeating: 0, count: moments.count * height * 3)
        for (column, moment) in moments.enumerated() {
            for byte in moment.indices {
                pixels[(byte / 3 * moments.count + column) * 3 + byte % 3] = moment[byte]
            }
        }
        return RGBFrame(width: moments.count, height: height, pixels: pixels)
    }

    /// Share of the video's length that the slice covers; its last moment may stand for fewer frames than the others.
    func sliceWidth(frames: Int) -> Double {
        frames == 0 ? 1 : Double(moments.count * spacing) / Double(frames)
    }

    private static func middleRow(_ picture: RGBFrame) -> [UInt8] {
        let count = min(picture.width, rowLimit)
        let start = picture.height / 2 * picture.width
        return (0..<count).flatMap { index in
            let pixel = (start + index * picture.width / count) * 3
            return picture.pixels[pixel..<pixel + 3]
        }
    }
}
