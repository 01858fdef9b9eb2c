public import Foundation

/// `enhancer/` holds `config.json`, the UNet's weights, `enhancement.json`, and `vae/`, `text_encoder/` and `tokenizer/`
/// where these are not the base model's, or the three files of Video-to-Video under their published names. `vae/` may
/// hold only the end of a decoder.
extension ModelFolder {
    /// The file with the enhancer's defaults.
    var enhancementFile: URL {
        folder(.enhancer).appendingPathComponent("enhancement.json")
    }

    /// Weight files beside that of the published UNet.
    private static let publishedEnhancer: [Component: String] = [
        .vae: "v2-1_512-ema-pruned.ckpt", .textEncoder: "open_clip_pytorch_model.bin",
    ]

    /// The same model with another third stage.
    ///
    /// - Parameter url: a folder as `enhancer/`, a model folder that has one, or a folder with the three files of
    ///   Video-to-Video.
    public func withEnhancer(_ url: URL) -> ModelFolder {
        var model = self
        let whole = ModelFolder(url)
        model.pieces[.enhancer] = whole.has(.enhancer) ? whole.folder(.enhancer) : url
        return model
    }

    /// The folder that the enhancer's autoencoder, text encoder or tokenizer is in: `enhancer/` if it is there, or this one.
    public func partOfEnhancer(_ component: Component) -> ModelFolder {
        var own = ModelFolder(folder(.enhancer))
        if own.has(component) { return own }
        guard let file = Self.publishedEnhancer[component].map(own.url.appendingPathComponent),
            FileManager.default.fileExists(atPath: file.path)
        else { return self }
        own.pieces[component] = file
        return own
    }

    /// Throws unless the folder holds what the third stage needs.
    ///
    /// - Throws: `GenerationError.noEnhancer`, `.notAModel`, and `CheckpointError` for an unreadable decoder.
    public func requireEnhancer() throws {
        guard url.isFolder == true else {
            throw GenerationError.notAModel(folder: url.path, missing: "the folder itself")
        }
        guard has(.enhancer) else { throw GenerationError.noEnhancer(folder: url.path) }
        for component in [Component.vae, .textEncoder] {
            let isThere = partOfEnhancer(component).has(component)
            guard try isThere && (component != .vae || has(.vae) || !hasOwnDecoder()) else {
                throw GenerationError.notAModel(
                    folder: url.path, missing: "\(component.rawValue)/")
            }
        }
        guard
            partOfEnhancer(.tokenizer).has(.tokenizer) || partOfEnhancer(.textEncoder).hasTokenizer
        else {
            throw GenerationError.notAModel(folder: url.path, missing: "tokenizer/")
        }
    }
}
