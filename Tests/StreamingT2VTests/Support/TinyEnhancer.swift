import Foundation
import TestSupport
import StreamingT2V
import Synchronization
import VideoIO
import VideoModels

/// An enhancer of the smallest sizes with random weights, for ``TinyModel``.
enum TinyEnhancer {
    static var sizes: Vid2VidConfiguration {
        var sizes = Vid2VidConfiguration()
        sizes.channels = 16
        sizes.contextDimension = 24
        sizes.multipliers = [1, 2]
        sizes.firstHeads = 2
        sizes.headDimension = 8
        sizes.resnetsPerLevel = 1
        sizes.attentionScales = [1]
        sizes.normGroups = 8
        return sizes
    }

    static var defaults: EnhancementDefaults {
        var defaults = EnhancementDefaults()
        defaults.height = 48
        defaults.width = 48
        defaults.chunkLength = 6
        defaults.overlap = 2
        defaults.steps = 3
        defaults.guidanceScale = 2
        defaults.promptSuffix = ""
        return defaults
    }

    /// Writes `enhancer/` into a model folder.
    @discardableResult
    static func add(
        to folder: ModelFolder, sizes: Vid2VidConfiguration = sizes,
        defaults: EnhancementDefaults = defaults
    ) throws -> ModelFolder {
        let network = Vid2VidUNet(sizes)
        try TinyModel.fill(network, seed: 9)
        try folder.saveEnhancer(network, defaults: defaults)
        return folder
    }

    private static let root = FileManager.default.temporaryDirectory
        .appending(path: "streaming-enhancer-\(UUID().uuidString)")

    private static let made = Result {
        atexit { try? FileManager.default.removeItem(at: TinyEnhancer.root) }
        return try add(to: TinyModel.make(at: root))
    }

    /// The tiny model with its enhancer, made once.
    static func folder() throws -> ModelFolder { try made.get() }

    /// A copy that a test may damage.
    static func copy(to scratch: Scratch) throws -> ModelFolder {
        let copy = scratch.folder.appending(path: "model")
        try FileManager.default.copyItem(at: folder().url, to: copy)
        return ModelFolder(copy)
    }

    /// A picture that differs from frame to frame.
    static func picture(_ index: Int, width: Int = 24, height: Int = 24) -> RGBFrame {
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                let isDisc = (x - 3 * index % width).magnitude + (y - height / 2).magnitude < 6
                let ground = [UInt8(40 + 4 * x % 200), UInt8(60 + 3 * y % 190), 120]
                pixels += isDisc ? [230, 60, 20] : ground
            }
        }
        return RGBFrame(width: width, height: height, pixels: pixels)
    }
}

/// A video that counts how many of its frames were asked for.
struct CountedVideo: AsyncSequence, Sendable {
    typealias Element = RGBFrame

    final class Counter: Sendable {
        private let count = Mutex(0)

        var value: Int { count.withLock { $0 } }

        func next() -> Int {
            count.withLock {
                $0 += 1
                return $0 - 1
            }
        }
    }

    struct Iterator: AsyncIteratorProtocol {
        let video: CountedVideo
        var index = 0

        mutating func next() async throws -> RGBFrame? {
            guard index < video.frames else { return nil }
            defer { index += 1 }
            return video.picture(video.pulled.next())
        }
    }

    let frames: Int
    var picture: @Sendable (Int) -> RGBFrame = { TinyEnhancer.picture($0) }
    let pulled = Counter()

    func makeAsyncIterator() -> Iterator { Iterator(video: self) }
}

extension EnhancementRequest {
    /// A request for the tiny enhancer.
    static func tiny(
        change: (inout EnhancementRequest) -> Void = { _ in }
    ) -> EnhancementRequest {
        var request = EnhancementRequest(prompt: "a red ball rolls over the lake", seed: 7)
        change(&request)
        return request
    }
}

extension VideoEnhancer {
    /// All enhanced frames of a video of so many frames.
    nonisolated func enhanced(
        _ frames: Int, _ request: EnhancementRequest = .tiny(),
        picture: @escaping @Sendable (Int) -> RGBFrame = { TinyEnhancer.picture($0) }
    ) async throws -> [RGBFrame] {
        var enhanced: [RGBFrame] = []
        let video = CountedVideo(frames: frames, picture: picture)
        for try await frame in try await self.frames(of: video, for: request) {
            enhanced.append(frame)
        }
        return enhanced
    }
}
