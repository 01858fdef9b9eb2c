import ArgumentParser
import Foundation
import Foundations
import StreamingT2V

/// Options that name the pieces of a published model one by one.
struct PieceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Text-to-video model: its folder, or the weight file of its UNet.", valueName: "path"))
    var base: String?

    @Option(
        help: ArgumentHelp(
            "CAM and APM: streaming_t2v.ckpt, or a folder with its weights.", valueName: "path"))
    var streamingCheckpoint: String?

    @Option(
        help: ArgumentHelp(
            "Autoencoder: a folder or a file; the base's if omitted.", valueName: "path"))
    var vae: String?

    @Option(
        help: ArgumentHelp(
            "Text transformer: a folder or a file; the base's if omitted.", valueName: "path"))
    var textEncoder: String?

    @Option(
        help: ArgumentHelp("Folder of the tokenizer; the base's if omitted.", valueName: "path"))
    var tokenizer: String?

    @Option(
        help: ArgumentHelp(
            """
            Image transformer, as OpenCLIP's ViT-H-14: a folder or a file; the streaming checkpoint's \
            if omitted.
            """, valueName: "path"))
    var imageEncoder: String?

    /// The model that `--model` and the pieces name; a piece takes the place of the model's own part.
    func folder(_ options: ModelOptions) throws -> ModelFolder {
        guard base == nil || options.model == nil else {
            throw InvalidField(
                "base", "is a model, and so is \(field: "model"); give one of them")
        }
        var pieces = ModelPieces()
        func place(_ name: String?, _ field: String) throws -> URL? {
            try name.map { try ModelOptions.place($0, field: field) }
        }
        pieces.streaming = try place(streamingCheckpoint, "streaming_checkpoint")
        pieces.autoencoder = try place(vae, "vae")
        pieces.textEncoder = try place(textEncoder, "text_encoder")
        pieces.tokenizer = try place(tokenizer, "tokenizer")
        pieces.imageEncoder = try place(imageEncoder, "image_encoder")
        pieces.base = try place(base, "base")
        if pieces.isEmpty { return try options.folder().withCarriedParts() }
        if options.model != nil { pieces.base = try options.folder().url }
        return try pieces.assembled()
    }
}
