import Checkpoints
import Testing

@Suite struct CheckpointContentsTests {
    static let cases: [(CheckpointContents?, [String])] = [
        (
            .streaming,
            [
                "base_model.cross_attention_merger_mid_block.temporal_transformer.norm.weight",
                "unet.conv_in.weight",
            ]
        ),
        (
            .videoUNet,
            ["conv_in.weight", "time_embedding.linear_1.weight", "transformer_in.norm.weight"]
        ),
        (.imageUNet, ["conv_in.weight", "time_embedding.linear_1.weight"]),
        (
            .enhancerUNet,
            ["input_blocks.0.0.weight", "input_blocks.1.0.temopral_conv.conv1.0.weight"]
        ),
        (.autoencoder, ["encoder.conv_in.weight", "decoder.conv_in.weight"]),
        (.latentDiffusion, ["first_stage_model.encoder.conv_in.weight", "betas"]),
        (.textEncoder, ["text_model.embeddings.token_embedding.weight"]),
        (
            .transformersCLIP,
            ["text_model.embeddings.token_embedding.weight", "vision_model.pre_layrnorm.weight"]
        ),
        (.openCLIP, ["visual.conv1.weight", "token_embedding.weight"]),
        (.imageEncoder, ["visual.conv1.weight"]),
        (nil, ["conv_in.weight", "input_blocks.0.0.weight"]),
    ]

    @Test(arguments: cases) func isToldByNames(contents: CheckpointContents?, names: [String]) {
        #expect(CheckpointContents(names: names) == contents)
    }

    /// The message says what the file is and where it belongs.
    @Test func aForeignFileIsNamed() {
        let entries = ["encoder.conv_in.weight", "decoder.conv_in.weight"].map {
            ($0, CheckpointEntry(name: $0, type: .float32, shape: [1], byteRange: 0..<4))
        }
        let report = LoadReport(
            expected: [
                ParameterSlot(
                    modulePath: "norm.weight", shape: [4], keyMap: CheckpointKeyMap())
            ],
            available: Dictionary(uniqueKeysWithValues: entries))
        #expect(
            report.summary.description.contains(
                "this seems to be an autoencoder (diffusers), which belongs into the folder vae/"))
        #expect(report.summary.description.hasSuffix(" or is given with vae."))
    }

    /// A map that knows what it is the map of says what to take instead, also where some names agree.
    @Test func whatIsNeededIsSaid() {
        let entries = ["visual.conv1.weight", "token_embedding.weight"].map {
            ($0, CheckpointEntry(name: $0, type: .float32, shape: [1], byteRange: 0..<4))
        }
        func summary(_ map: CheckpointKeyMap, _ paths: [String]) -> String {
            LoadReport(
                expected: paths.map { ParameterSlot(modulePath: $0, shape: [1], keyMap: map) },
                available: Dictionary(uniqueKeysWithValues: entries), keyMap: map
            ).summary.description
        }
        let none = summary(.unet, ["convIn.weight", "convIn.bias"])
        #expect(
            none.hasSuffix(
                "No name agrees: this seems to be OpenCLIP's text and image transformers, which belongs "
                    + "into the folder image_encoder/ of a model or is given with image_encoder. Needed is "
                    + "a text-to-video UNet (diffusers): the folder of text-to-video-ms-1.7b, or the file in "
                    + "its unet/."))
        #expect(none.contains("2 missing, 2 unused"))
        let some = summary(
            .openCLIPTextEncoder(layers: 1), ["embeddings.tokenEmbedding.weight", "x"])
        #expect(some.contains("Not all names agree: this seems to be OpenCLIP's"))
        #expect(some.contains("Needed is CLIP's text transformer (transformers): text_encoder/ of"))
    }
}
