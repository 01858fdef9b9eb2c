import TestSupport
import Testing
import Torch

@testable import VideoModels

/// Single layers against `modules.safetensors`.
@Suite struct ModulesParityTests {
    private let file: FixtureFile
    private let unet: UNet3D
    private let extractor: ConditioningExtractor

    init() throws {
        file = try FixtureFile("modules")
        let networks = try CoreNetworks()
        unet = try networks.streamingUNet()
        extractor = try networks.extractor()
    }

    @Test func layersMatchReference() throws {
        try checkTimeEmbedding()
        try checkResnets()
        try checkTemporalLayers()
        try checkSpatialTransformers()
        try checkResampling()
        file.expectAllUsed()
    }

    private func checkTimeEmbedding() throws {
        let timesteps = try file.tensor("time.t")
        try file.expect(
            unet.timeEmbedding.sinusoids(timesteps), equals: "time.sinusoid", within: .modules)
        try file.expect(unet.timeEmbedding(timesteps), equals: "time.emb", within: .modules)
    }

    private func checkResnets() throws {
        let embedding = try file.tensor("resnet.temb")
        let cases = try file.requiredMatches(/resnet\.(down|up)(\d+)_(\d+)\.in/, "resnet")
        for match in cases {
            let (name, side) = (String(match.output.0.dropLast(3)), match.output.1)
            let level = try #require(Int(match.output.2))
            let resnets =
                side == "down"
                ? try unet.downBlocks.entry(level, name).resnets
                : try unet.upBlocks.entry(level, name).resnets
            let resnet = try resnets.entry(#require(Int(match.output.3)), name)
            try file.expect(
                resnet(file.tensor("\(name).in"), embedding: embedding), equals: "\(name).out",
                within: .modules)
        }
        #expect(cases.contains { $0.output.1 == "down" } && cases.contains { $0.output.1 == "up" })
    }

    private func checkTemporalLayers() throws {
        let block = try unet.downBlocks.entry(0, "down_blocks")
        for layer in ["temp_conv", "temp_attn", "transformer_in"] {
            #expect(file.contains("\(layer).in"))
        }
        let inputs = try file.matches(
            /(temp_conv|temp_attn|transformer_in)(?:\.b(\d+))?\.in/)
        for match in inputs {
            let name = String(match.output.0.dropLast(3))
            let videos = match.output.2.flatMap { Int($0) } ?? 1
            let input = try file.tensor("\(name).in")
            let frames = input.shape[0] / videos
            let output =
                switch match.output.1 {
                case "temp_conv":
                    try block.tempConvs.entry(0, name)(input, frames: frames)
                case "temp_attn":
                    try block.tempAttentions.entry(0, name)(input, frames: frames)
                default: try unet.transformerIn(input, frames: frames)
                }
            try file.expect(output, equals: "\(name).out", within: .modules)
        }
    }

    private func checkSpatialTransformers() throws {
        let layers = [
            ("spatial_attn_apm", unet.downBlocks), ("spatial_attn_text", extractor.downBlocks),
        ]
        for (name, blocks) in layers {
            let transformer = try blocks.entry(0, name).attentions.entry(0, name)
            let length = try #require(
                try file.matches(/(\w+)\.ctx(\d+)/).first { $0.output.1 == name },
                "modules lacks the context of \(name)")
            let context = AttentionContext(try file.tensor(String(length.output.0)))
            #expect(context.tokens.shape[1] == Int(length.output.2))
            try file.expect(
                transformer(file.tensor("\(name).in"), context: context), equals: "\(name).out",
                within: .modules)
        }
    }

    private func checkResampling() throws {
        let down = try unet.downBlocks.entry(0, "downsample").downsamplers.entry(0, "downsample")
        try file.expect(
            down(file.tensor("downsample.in")), equals: "downsample.out", within: .modules)
        let up = try unet.upBlocks.entry(1, "upsample").upsamplers.entry(0, "upsample")
        let input = try file.tensor("upsample.in")
        try file.expect(up(input), equals: "upsample.out", within: .modules)
        for match in try file.requiredMatches(/upsample\.out_(\d+)x(\d+)/, "forced size") {
            let size = (try #require(Int(match.output.1)), try #require(Int(match.output.2)))
            try file.expect(
                up(input, size: size), equals: String(match.output.0), within: .modules)
        }
    }
}
