import TestSupport
import Testing
import Torch

@testable import VideoModels

/// Anchor preprocessing, embedding, tokens and their mixing into text against `apm.safetensors`.
@Suite struct APMParityTests {
    private let file: FixtureFile
    private let networks: CoreNetworks

    init() throws {
        file = try FixtureFile("apm")
        networks = try CoreNetworks()
    }

    @Test func moduleMatchesReference() throws {
        try checkPreprocessing()
        try checkTokens()
        try checkMixing()
        file.expectAllUsed()
    }

    private func checkPreprocessing() throws {
        let encoder = CLIPImageEncoder(networks.configuration.imageEncoder)
        let anchor = try encoder.preprocess(file.tensor("anchor"))
        for match in try file.requiredMatches(/preprocessed_(\d+)_ch(\d+)/, "preprocessed image") {
            let channel = try #require(Int(match.output.2))
            #expect(anchor.shape[3] == Int(match.output.1))
            try file.expect(
                anchor.slice(1, channel..<channel + 1), equals: String(match.output.0),
                within: .apm)
        }

        // The null image is one colour: every pixel is compared with the reference's one.
        let null = try encoder.preprocess(file.tensor("anchor").zerosLike())
        let pixel = try file.tensor("preprocessed_zero_pixel").reshaped(1, 3, 1, 1)
        try Comparison(null, to: null.zerosLike() + pixel)
            .expect(within: .apm, "apm: preprocessed_zero_pixel")

        for match in try file.matches(/(resize\d+)\.out_ch(\d+)_rows(\d+)_(\d+)/) {
            let gray = try file.tensor("\(match.output.1).in_gray")
            let image = try encoder.preprocess(gray.expanded(-1, 3, -1, -1))
            let channel = try #require(Int(match.output.2))
            let rows = try #require(Int(match.output.3))..<(try #require(Int(match.output.4)))
            try file.expect(
                image.slice(1, channel..<channel + 1).slice(2, rows),
                equals: String(match.output.0), within: .apm)
        }
    }

    private func checkTokens() throws {
        let encoder = try networks.imageEncoder()
        let projector = try networks.projector()
        let anchor = try file.tensor("anchor")
        for (image, suffix) in [(anchor, ""), (try anchor.zerosLike(), "_zero")] {
            let embedding = try encoder(encoder.preprocess(image))
            try file.expect(embedding, equals: "image_embed\(suffix)", within: .apm)
            try file.expect(projector(embedding), equals: "tokens\(suffix)", within: .apm)
        }
        let embeddings = try file.tensor("resampler_multi.in")
        for match in try file.requiredMatches(/resampler_multi\.out_b(\d+)/, "averaged tokens") {
            let videos = try #require(Int(match.output.1))
            try file.expect(
                projector(embeddings, framesPerVideo: embeddings.shape[0] / videos),
                equals: String(match.output.0), within: .apm)
        }
    }

    private func checkMixing() throws {
        let unet = try networks.streamingUNet()
        let joined = try Tensor.concatenated(
            [file.tensor("text"), file.tensor("tokens")], axis: 1)
        let contextName = "ctx\(joined.shape[1])"
        try file.expect(joined, equals: contextName, within: .apm)
        let context = AttentionContext(try file.tensor(contextName))
        let mixed = try file.requiredMatches(/(.+\.attn2)\.mixed(\d+)/, "mixing layer")
        for match in mixed {
            let name = String(match.output.1)
            let layer = try unet.contextAttention(name)
            let alpha = try #require(layer.mixing).alpha.value
            try file.expect(alpha.reshaped(1), equals: "\(name).alpha", within: .apm)
            let tokens = try layer.mixedContext(context.tokens)
            #expect(tokens.shape[1] == Int(match.output.2))
            try file.expect(tokens, equals: String(match.output.0), within: .apm)
            try file.expect(
                layer(file.tensor("\(name).query_in"), context: context), equals: "\(name).out",
                within: .apm)
        }
    }
}
