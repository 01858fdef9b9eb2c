import TestSupport
import Testing
import Torch

@testable import VideoModels

/// Layers on faint inputs, where the epsilons of the norms decide, against `eps_probe.safetensors`.
@Suite struct EpsProbeParityTests {
    @Test func epsilonsMatchReference() throws {
        let file = try FixtureFile("eps_probe")
        let unet = try CoreNetworks().streamingUNet()
        let block = try unet.downBlocks.entry(0, "down_blocks")
        let transformer = try block.attentions.entry(0, "spatial")
        let input = try file.tensor("x")
        let frames = input.shape[0]
        func expect(_ actual: Tensor, _ name: String) throws {
            try file.expect(actual, equals: name, within: .epsilonProbe)
        }

        try expect(
            block.resnets.entry(0, "resnet")(input, embedding: file.tensor("temb")), "resnet.out")
        try expect(
            block.tempConvs.entry(0, "temp_conv")(input, frames: frames), "temp_conv.out")
        try expect(
            block.tempAttentions.entry(0, "temp_attn")(input, frames: frames), "temp_attn.out")
        try expect(unet.transformerIn(input, frames: frames), "transformer_in.out")
        let contexts = try file.requiredMatches(/ctx\d+/, "context")
        let context = AttentionContext(try file.tensor(String(contexts[0].output)))
        try expect(transformer(input, context: context), "spatial.out")
        try expect(
            transformer.transformerBlocks.entry(0, "ln").norm1(file.tensor("ln.in")), "ln.out")
        try expect(unet.convNormOut(file.tensor("conv_norm_out.in")), "conv_norm_out.out")

        let features = try file.tensor("merger.cond").videosAsBatch()
        for match in try file.requiredMatches(/merger(\d+)\.out/, "merger") {
            let index = try #require(Int(match.output.1))
            let merger = try unet.skipMergers.entry(index, "merger")
            try expect(
                merger(input, context: features, frames: frames), String(match.output.0))
        }
        file.expectAllUsed()
    }
}
