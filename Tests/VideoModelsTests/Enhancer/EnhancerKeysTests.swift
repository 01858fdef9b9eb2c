import Checkpoints
import Foundation
import TestSupport
import Testing
import TorchNN

@testable import VideoModels

/// Module paths, stored forms and key maps against the key lists of the enhancer's published files.
@Suite struct EnhancerKeysTests {
    /// Keys and shapes that a network of these sizes reads, and how many keys come up twice.
    private func keys(
        of network: some Module, _ keyMap: CheckpointKeyMap
    ) -> (shapes: [String: [Int]], repeated: Int) {
        let slots = network.parameters().map {
            ParameterSlot(modulePath: $0.path, shape: $0.parameter.shape, keyMap: keyMap)
        }
        let shapes = Dictionary(slots.map { ($0.key, $0.shape) }, uniquingKeysWith: { $1 })
        return (shapes, slots.count - shapes.count)
    }

    /// The list was made by the release's own class.
    @Test(arguments: ["", "state_dict"])
    func publishedUNetSizesGiveThePublishedKeys(prefix: String) throws {
        let list = FixtureFolder.packageRoot
            .appending(path: "Tests/Fixtures/enhancer/unet_full_keys.json")
        let expected = try JSONDecoder().decode(
            [String: [Int]].self, from: Data(contentsOf: list))
        #expect(expected.count == 1480)
        let configuration = Vid2VidConfiguration()
        try configuration.validate()
        let network = Vid2VidUNet(configuration)
        let (shapes, repeated) = keys(of: network, configuration.keyMap(prefix: prefix))
        #expect(repeated == 0)
        #expect(network.parameterCount == 1_411_233_860)
        let start = prefix.isEmpty ? "" : prefix + "."
        let missing = expected.keys.filter { shapes[start + $0] == nil }.sorted()
        let misShaped = expected.filter { shapes[start + $0.key].map { $0 } != $0.value }
        #expect(missing == [])
        #expect(misShaped.keys.sorted() == [])
        #expect(shapes.count == expected.count)
    }

    /// Stable Diffusion's autoencoder: 248 tensors, 83,653,863 numbers.
    @Test func publishedAutoencoderSizesGiveThePublishedKeys() {
        let network = AutoencoderKL(AutoencoderConfiguration())
        let map = CheckpointKeyMap.latentDiffusionAutoencoder(levels: 4)
        let (shapes, repeated) = keys(of: network, map)
        #expect(repeated == 0)
        #expect(shapes.count == 248)
        #expect(network.parameterCount == 83_653_863)
        let samples = [
            "encoder.conv_in.weight": [128, 3, 3, 3],
            "encoder.down.0.downsample.conv.weight": [128, 128, 3, 3],
            "encoder.down.1.block.0.nin_shortcut.weight": [256, 128, 1, 1],
            "encoder.down.3.block.1.conv2.bias": [512],
            "encoder.mid.attn_1.q.weight": [512, 512, 1, 1],
            "encoder.mid.attn_1.norm.bias": [512],
            "encoder.norm_out.weight": [512],
            "decoder.mid.block_2.norm2.weight": [512],
            "decoder.mid.attn_1.proj_out.weight": [512, 512, 1, 1],
            "decoder.mid.attn_1.proj_out.bias": [512],
            "decoder.up.0.block.0.nin_shortcut.weight": [128, 256, 1, 1],
            "decoder.up.0.block.2.conv2.weight": [128, 128, 3, 3],
            "decoder.up.1.block.0.nin_shortcut.weight": [256, 512, 1, 1],
            "decoder.up.3.upsample.conv.weight": [512, 512, 3, 3],
            "decoder.norm_out.bias": [128],
            "quant_conv.weight": [8, 8, 1, 1],
            "post_quant_conv.bias": [4],
        ]
        for (key, shape) in samples { #expect(shapes["first_stage_model.\(key)"] == shape) }
        #expect(shapes["first_stage_model.decoder.up.0.upsample.conv.weight"] == nil)
        #expect(map.mayRemain("model.diffusion_model.out.2.weight"))
        #expect(map.mayRemain("cond_stage_model.model.ln_final.weight"))
        #expect(!map.mayRemain("first_stage_model.loss.logvar"))
    }

    /// OpenCLIP ViT-H-14's text transformer less its last layer.
    @Test func publishedTextSizesGiveThePublishedKeys() {
        let configuration = CLIPTextConfiguration()
        let map = CheckpointKeyMap.openCLIPTextEncoder(layers: configuration.layers)
        var expected = [
            "token_embedding.weight": [49408, 1024], "positional_embedding": [77, 1024],
            "ln_final.weight": [1024], "ln_final.bias": [1024],
        ]
        for layer in 0..<23 {
            let block = "transformer.resblocks.\(layer)"
            for norm in ["ln_1", "ln_2"] {
                expected["\(block).\(norm).weight"] = [1024]
                expected["\(block).\(norm).bias"] = [1024]
            }
            expected["\(block).attn.in_proj_weight"] = [3072, 1024]
            expected["\(block).attn.in_proj_bias"] = [3072]
            expected["\(block).attn.out_proj.weight"] = [1024, 1024]
            expected["\(block).attn.out_proj.bias"] = [1024]
            expected["\(block).mlp.c_fc.weight"] = [4096, 1024]
            expected["\(block).mlp.c_fc.bias"] = [4096]
            expected["\(block).mlp.c_proj.weight"] = [1024, 4096]
            expected["\(block).mlp.c_proj.bias"] = [1024]
        }
        let (shapes, repeated) = keys(of: CLIPTextEncoder(configuration), map)
        #expect(shapes == expected)
        #expect(repeated == 23 * 4)  // queries, keys and values are one tensor
        for unused in [
            "transformer.resblocks.23.attn.in_proj_weight", "transformer.resblocks.23.ln_1.bias",
            "text_projection", "logit_scale", "attn_mask", "visual.proj",
            "visual.transformer.resblocks.0.ln_1.weight",
        ] { #expect(map.mayRemain(unused), "\(unused)") }
        #expect(!map.mayRemain("transformer.resblocks.22.ln_1.bias"))
        #expect(!map.mayRemain("transformer.resblocks.24.ln_1.bias"))
    }
}
