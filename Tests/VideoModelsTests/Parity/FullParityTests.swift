import TestSupport
import Testing
import Torch

@testable import VideoModels

/// UNet, conditional attention, appearance preservation and guidance together against `full.safetensors`.
@Suite struct FullParityTests {
    @Test func guidedPredictionMatchesReference() throws {
        let file = try FixtureFile("full")
        let networks = try CoreNetworks()
        let (unet, extractor) = (try networks.streamingUNet(), try networks.extractor())

        let tokens = try file.tensor("prompt_embeds_uncond_cond")
        let latents = try file.tensor("latents").repeatedEach(2, axis: 0)
        let frames = try file.tensor("cond_frames").repeatedEach(2, axis: 0)
        let encoded = try extractor.frameEncoder(frames.videosAsBatch())
        for match in try file.requiredMatches(/(t(\d+))\.guided/, "evaluation") {
            let name = String(match.output.1)
            let step = try #require(Int64(match.output.2))
            let timestep = try Tensor([step, step], shape: [2])
            let features = try extractor(
                latents, timestep: timestep, context: extractor.context(tokens),
                encodedFrames: encoded)
            let predictions = try unet(
                latents, timestep: timestep, context: AttentionContext(tokens), features: features
            ).rows()
            let (unconditional, conditional) = (predictions[0], predictions[1])
            try file.expect(unconditional, equals: "\(name).noise_pred_uncond", within: .full)
            try file.expect(conditional, equals: "\(name).noise_pred_cond", within: .full)
            let guided = try unconditional.adding(
                conditional - unconditional, scaledBy: networks.configuration.guidanceScale)
            try file.expect(guided, equals: "\(name).guided", within: .fullGuided)
        }
        file.expectAllUsed()
    }
}
