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
            report.summary.contains(
                "this seems to be an autoencoder (diffusers), which belongs into the folder vae/"))
    }
}
