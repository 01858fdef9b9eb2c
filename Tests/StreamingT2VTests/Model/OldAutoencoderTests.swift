import Checkpoints
import Foundation
import TestSupport
import Testing
import Torch
import VideoModels

@testable import StreamingT2V

/// Autoencoders in files of other ages: diffusers before 0.18, and the original latent diffusion code.
@Suite struct OldAutoencoderTests {
    private let scratch: Scratch
    private let folder: ModelFolder
    private let tensors: [(name: String, tensor: Tensor)]

    init() throws {
        scratch = try Scratch()
        let archive = try openCheckpoint(SynthesizedModel.folder().weights(.vae))
        tensors = try archive.names.map { ($0, try archive.tensor($0)) }
        folder = ModelFolder(scratch.folder)
        try folder.save(SynthesizedModel.folder().autoencoderConfiguration(), of: .vae)
    }

    private func pictures(_ model: AutoencoderKL) throws -> [Float] {
        let latents = try RandomGenerator(seed: 4).normal([2, 4, 4, 4], .data)
        let decoded = try model.decode(latents)
        return try (decoded.values() + model.encode(decoded).mean.values())
    }

    private func expectSamePictures() throws {
        #expect(
            try pictures(folder.autoencoder())
                == pictures(SynthesizedModel.folder().autoencoder()))
    }

    @Test func oldAttentionNames() throws {
        let old = ["to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"]
        let renamed = tensors.map { name, tensor in
            (
                old.reduce(name) {
                    $0.replacing("attentions.0.\($1.key).", with: "attentions.0.\($1.value).")
                },
                tensor
            )
        }
        #expect(renamed.contains { $0.0 == "decoder.mid_block.attentions.0.proj_attn.bias" })
        try saveTensors(renamed, to: folder.weights(.vae))
        try expectSamePictures()
    }

    @Test func latentDiffusionNames() throws {
        let renamed = try tensors.map { name, tensor in
            let isProjection = name.contains("attentions.0.to_") && name.hasSuffix("weight")
            return (
                Self.latentDiffusionName(name),
                isProjection ? try tensor.reshaped(tensor.shape + [1, 1]) : tensor
            )
        }
        // Names as they are in v2-1_512-ema-pruned.ckpt.
        let names = Set(renamed.map(\.0))
        for known in [
            "encoder.down.0.block.0.norm1.weight", "encoder.down.2.downsample.conv.bias",
            "encoder.mid.attn_1.proj_out.weight", "encoder.norm_out.weight", "quant_conv.weight",
            "decoder.up.3.block.1.conv2.weight", "decoder.up.1.upsample.conv.weight",
            "decoder.up.1.block.0.nin_shortcut.weight", "decoder.mid.block_2.norm2.bias",
            "decoder.mid.attn_1.q.weight", "post_quant_conv.bias",
        ] { #expect(names.contains("first_stage_model." + known), "\(known)") }
        // Such a file holds other networks as well.
        let other = [("model.diffusion_model.out.0.weight", try Tensor.zeros([4]))]
        try saveTensors(renamed + other, to: folder.weights(.vae))
        try expectSamePictures()
    }

    /// By the table that diffusers' conversion documents, read in the other direction.
    private static func latentDiffusionName(_ name: String) -> String {
        var name = name
        for level in 0..<4 {
            name = name.replacing("decoder.up_blocks.\(level).", with: "decoder.up.\(3 - level).")
        }
        let table = [
            ("down_blocks", "down"), ("mid_block.resnets.0", "mid.block_1"),
            ("mid_block.resnets.1", "mid.block_2"), ("mid_block.attentions.0", "mid.attn_1"),
            ("group_norm", "norm"), ("to_q", "q"), ("to_k", "k"), ("to_v", "v"),
            ("to_out.0", "proj_out"), ("resnets", "block"), ("downsamplers.0", "downsample"),
            ("upsamplers.0", "upsample"), ("conv_norm_out", "norm_out"),
            ("conv_shortcut", "nin_shortcut"),
        ]
        return "first_stage_model." + table.reduce(name) { $0.replacing($1.0, with: $1.1) }
    }
}
