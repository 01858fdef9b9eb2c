import Foundation
import Foundations

/// The frames of a video file or of a folder of PNG frames, decoded as they are asked for.
///
/// Every iteration starts from the first frame. Memory holds a few frames, however long the video.
public struct VideoReader: AsyncSequence, Sendable {
    /// A decoded frame.
    public typealias Element = RGBFrame
    /// Every failure has one type.
    public typealias Failure = VideoIOError

    /// The largest picture that is accepted, in pixels.
    public static let maximumPixelCount = 1 << 26

    /// The input as the caller named it.
    public let path: String
    /// What the video says about itself.
    public let info: VideoInfo
    /// Whether a damaged or cut-off video ends quietly after its last readable frame.
    public let toleratesDamage: Bool

    struct FileSource: Sendable {
        let target: String
        let probe: VideoProbe.Result
        let tools: FFmpegTools
    }

    private enum Source: Sendable {
        case file(FileSource)
        case folder(String, Range<Int>)
    }

    private let source: Source

    /// Opens a video and reads its properties.
    ///
    /// - Parameters:
    ///   - path: a video file, or a folder of `frame-000000.png` files without gaps.
    ///   - toleratesDamage: whether to end quietly where the video breaks off. By default the
    ///     iteration gives all readable frames and then throws `VideoIOError.damaged`.
    ///   - tools: the ffmpeg to use; searched for if `nil` and needed.
    /// - Throws: `VideoIOError.fileMissing`, `.notAVideo`, `.tooLarge`, `.toolNotFound` and others.
    public static func open(
        _ path: String, toleratesDamage: Bool = false, tools: FFmpegTools? = nil
    ) async throws(VideoIOError) -> VideoReader {
        switch FileKind(path: path) {
        case .missing:
            throw .fileMissing(path: path)
        case .special(let kind):
            throw .inputNotRegular(path: path, kind: kind)
        case .folder:
            let numbers = try PNGFolder.numbers(in: path)
            let first = try PNGFolder.frame(numbers.lowerBound, in: path)
            let info = VideoInfo(
                width: first.width, height: first.height, framesPerSecond: nil,
                frameCount: numbers.count, duration: nil)
            return VideoReader(
                path: path, info: info, toleratesDamage: toleratesDamage,
                source: .folder(path, numbers))
        case .file:
            guard access(path, R_OK) == 0 else {
                throw .readFailed(path: path, reason: String(cString: strerror(errno)))
            }
            let found: FFmpegTools
            if let tools { found = tools } else { found = try FFmpegTools.find() }
            let target = URL(fileURLWithPath: path).path
            let probe = try await VideoProbe(tools: found).inspect(target)
            return VideoReader(
                path: path, info: probe.info, toleratesDamage: toleratesDamage,
                source: .file(FileSource(target: target, probe: probe, tools: found)))
        }
    }

    /// Counts the stored frames by reading the file once, without decoding it.
    ///
    /// - Throws: `VideoIOError.notAVideo` if the file has become unreadable.
    public func countFrames() async throws(VideoIOError) -> Int {
        switch source {
        case .folder(_, let numbers):
            return numbers.count
        case .file(let file):
            return try await VideoProbe(tools: file.tools).countPackets(file.target)
        }
    }

    /// Starts at the first frame.
    public func makeAsyncIterator() -> Iterator {
        switch source {
        case .file(let file): Iterator(reader: self, source: file)
        case .folder(let folder, let numbers):
            Iterator(folder: folder, numbers: numbers, info: info)
        }
    }

    /// Pulls one frame after the other.
    ///
    /// Dropping it stops the decoder.
    public struct Iterator: AsyncIteratorProtocol {
        private enum State {
            case ready(VideoReader, FileSource)
            case decoding(Decoder)
            case folder(String, Range<Int>, next: Int, info: VideoInfo)
            case ended
        }

        private var state: State

        fileprivate init(reader: VideoReader, source: FileSource) {
            state = .ready(reader, source)
        }

        fileprivate init(folder: String, numbers: Range<Int>, info: VideoInfo) {
            state = .folder(folder, numbers, next: numbers.lowerBound, info: info)
        }

        /// The next frame, or `nil` after the last.
        ///
        /// - Throws: `VideoIOError.damaged` after the last readable frame of a broken video,
        ///   `.cancelled` when the task is cancelled. After an error the sequence is over.
        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(VideoIOError) -> RGBFrame? {
            if case .ready(let reader, let source) = state {
                state = .decoding(Decoder(reader: reader, source: source))
            }
            do throws(VideoIOError) {
                switch state {
                case .decoding(let decoder):
                    if let frame = try await decoder.next() { return frame }
                    state = .ended
                    return nil
                case .folder(let folder, let numbers, let number, let info):
                    guard number < numbers.upperBound else { return nil }
                    if Task.isCancelled { throw .cancelled(path: folder) }
                    let frame = try Self.read(number, folder, numbers, info)
                    state = .folder(folder, numbers, next: number + 1, info: info)
                    return frame
                case .ready, .ended:
                    return nil
                }
            } catch {
                state = .ended
                throw error
            }
        }

        /// The next frame, or `nil` after the last.
        public mutating func next() async throws(VideoIOError) -> RGBFrame? {
            try await next(isolation: nil)
        }

        private static func read(
            _ number: Int, _ folder: String, _ numbers: Range<Int>, _ info: VideoInfo
        ) throws(VideoIOError) -> RGBFrame {
            let name = PNGFolder.name(of: number)
            do throws(VideoIOError) {
                let frame = try PNGFolder.frame(number, in: folder)
                guard frame.width == info.width, frame.height == info.height else {
                    throw .invalidPNG(
                        reason: "\(frame.width)×\(frame.height) pixels instead of "
                            + "\(info.width)×\(info.height)")
                }
                return frame
            } catch {
                throw .damaged(
                    path: folder, framesRead: number - numbers.lowerBound,
                    detail: "\(name): \(error)")
            }
        }
    }
}
