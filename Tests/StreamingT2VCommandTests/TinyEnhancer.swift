import Checkpoints
import Foundation
import StreamingT2V
import Testing
import Torch
import TorchNN
import VideoIO
import VideoModels

/// The model of ``TinyModel`` with an enhancer of random weights, made once for all tests.
struct TinyEnhancer: Sendable {
    static let size = 48

    let path: String

    private static let shelf = FileManager.default.temporaryDirectory
        .appending(path: "command-enhancer-\(getpid())")

    private static let task = Task {
        atexit { try? FileManager.default.removeItem(at: TinyEnhancer.shelf) }
        return try await make()
    }

    static var shared: TinyEnhancer {
        get async throws { try await task.value }
    }

    private static func make() async throws -> TinyEnhancer {
        let model = try await TinyModel.shared
        try FileManager.default.copyItem(
            at: URL(fileURLWithPath: model.path).resolvingSymlinksInPath(), to: shelf)
        let folder = ModelFolder(shelf)
        let autoencoder = try folder.configuration(AutoencoderConfiguration.self, of: .vae)
        let text = try folder.configuration(CLIPTextConfiguration.self, of: .textEncoder)
        var sizes = Vid2VidConfiguration()
        (sizes.inChannels, sizes.outChannels) = (
            autoencoder.latentChannels, autoencoder.latentChannels
        )
        sizes.contextDimension = text.hiddenSize
        sizes.channels = 16
        sizes.multipliers = [1, 2]
        sizes.firstHeads = 2
        sizes.headDimension = 8
        sizes.resnetsPerLevel = 1
        sizes.attentionScales = [1]
        sizes.normGroups = 8
        var defaults = EnhancementDefaults()
        (defaults.width, defaults.height) = (size, size)
        (defaults.chunkLength, defaults.overlap, defaults.steps) = (6, 2, 3)
        defaults.guidanceScale = 2
        defaults.promptSuffix = ""
        let network = Vid2VidUNet(sizes)
        let generator = RandomGenerator(seed: 3)
        for (index, entry) in network.parameters().enumerated() {
            let shape = entry.parameter.shape
            let values = try generator.normal(shape, .initialization, step: index)
            let fanIn = shape.dropFirst().reduce(1, *)
            // No weight is zero, which would hide its layer; those of norms are around one.
            try entry.parameter.load(
                shape.count > 1
                    ? values * (1 / Double(fanIn).squareRoot())
                    : values * 0.2 + (entry.path.hasSuffix("weight") ? 1 : 0))
        }
        try folder.saveEnhancer(network, defaults: defaults)
        return TinyEnhancer(path: shelf.path)
    }

    /// Writes a video that changes from frame to frame.
    static func writeVideo(
        _ path: String, frames: Int, width: Int = 32, height: Int = 32, rate: FrameRate = 8
    ) async throws {
        let writer = try await VideoOutput.open(
            path: path, width: width, height: height, framesPerSecond: rate)
        for index in 0..<frames {
            var pixels: [UInt8] = []
            for y in 0..<height {
                for x in 0..<width {
                    let isBar = (x + 3 * index) % width < 8
                    pixels += isBar ? [220, 70, 30] : [60, UInt8(5 * y % 256), 140]
                }
            }
            try await writer.append(RGBFrame(width: width, height: height, pixels: pixels))
        }
        try await writer.finish()
    }

    /// Arguments of an enhancement.
    func enhance(_ input: String, _ output: String, _ further: [String] = []) -> [String] {
        let prompt = further.contains("--prompt") ? [] : ["--prompt", TinyModel.prompt]
        let seed = further.contains("--seed") ? [] : ["--seed", "5"]
        return ["enhance", input, "--model", path, "--output", output] + prompt + seed + further
    }
}
