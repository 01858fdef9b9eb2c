import Foundation
import StreamingT2V
import TestSupport
import Testing

/// Parts of different models in one folder are refused before any work.
@Suite struct ModelConsistencyTests {
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
    }

    struct Misfit: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let reason: String
        let change: @Sendable (inout TinyModel) -> Void

        init(
            _ name: String, _ reason: String,
            _ change: @escaping @Sendable (inout TinyModel) -> Void
        ) {
            (testDescription, self.reason, self.change) = (name, reason, change)
        }
    }

    static let misfits = [
        Misfit("latent channels", "unet/ has in_channels 4, vae/ has latent_channels 6") {
            $0.autoencoder.latentChannels = 6
        },
        Misfit("UNet's output", "unet/ has in_channels 4, out_channels 8") {
            $0.unet.outChannels = 8
        },
        Misfit(
            "text width", "unet/ has cross_attention_dim 32, text_encoder/ has hidden_size 24"
        ) { $0.unet.crossAttentionDimension = 32 },
        Misfit(
            "image embedding",
            "image_encoder/ has output_dim 20, streaming/ has image_embedding_dim 24"
        ) { $0.streaming?.imageEmbeddingDimension = 24 },
        Misfit(
            "frame encoder",
            "one latent of vae/ covers pixels 4, one feature of streaming/'s frame encoder 8"
        ) { $0.autoencoder.patchSize = 2 },
        Misfit(
            "merger groups",
            "streaming/ has merger_norm_num_groups 3, which does not divide the 32 channels of unet/"
        ) { $0.streaming?.mergerNormGroups = 3 },
        Misfit(
            "size",
            "generation.json has width 36, which is no multiple of the 8 pixels that one latent "
                + "of vae/ covers"
        ) { $0.defaults.sampling.width = 36 },
    ]

    @Test(arguments: misfits)
    func misfitIsRefused(_ misfit: Misfit) throws {
        var model = TinyModel()
        misfit.change(&model)
        let folder = try model.make(at: scratch.folder)
        let error = GenerationError.inconsistentModel(
            folder: folder.url.path, reason: misfit.reason)
        #expect(throws: error) { try VideoGenerator(model: folder) }
        #expect(
            "\(error)"
                == "\(folder.url.path): \(misfit.reason). The parts of the model do not belong "
                + "together; check model.")
    }

    @Test(arguments: [
        ("vocabulary", "tokenizer/ has the token number 557, text_encoder/ has vocab_size 540"),
        (
            "context",
            "tokenizer/ makes 77 tokens, text_encoder/ reads 60 (max_position_embeddings)"
        ),
        ("text tokens", "tokenizer/ makes tokens 77, streaming/ has text_tokens 60"),
    ])
    func tokenizerOfAnotherModelIsRefused(name: String, reason: String) async throws {
        var model = TinyModel()
        switch name {
        case "vocabulary": model.text.vocabularySize = 540
        case "context": model.text.contextLength = 60
        default: model.streaming?.textTokens = 60
        }
        let folder = try model.make(at: scratch.folder)
        let generator = try VideoGenerator(model: folder)
        let error = GenerationError.inconsistentModel(folder: folder.url.path, reason: reason)
        await #expect(throws: error) { try await generator.check(.tiny()) }
        await #expect(throws: error) { try await generator.frames(.tiny()) }
    }
}
