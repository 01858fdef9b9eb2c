import Foundation
import Foundations
import Torch
import VideoModels

extension ModelFolder {
    /// Throws unless the folder holds what the first stage needs.
    func requireModel() throws(GenerationError) {
        guard pieces[.unet] != nil || url.isFolder == true else {
            throw .notAModel(folder: url.path, missing: "the folder itself")
        }
        for component in [Component.unet, .vae, .textEncoder, .scheduler] {
            // Beside a UNet that is given alone, the schedule is the published one.
            guard has(component) || component == .scheduler && pieces[.unet] != nil else {
                throw .notAModel(folder: url.path, missing: "\(component.rawValue)/")
            }
        }
        guard hasTokenizer else { throw .notAModel(folder: url.path, missing: "tokenizer/") }
        if has(.streaming), !has(.imageEncoder) {
            throw .notAModel(folder: url.path, missing: "image_encoder/")
        }
    }

    /// How the model wants to be sampled; the release's values where the folder says nothing.
    public func generationDefaults() throws -> GenerationDefaults {
        let file = generationFile
        guard FileManager.default.fileExists(atPath: file.path) else { return GenerationDefaults() }
        let defaults = try decode(GenerationDefaults.self, at: file)
        let trainSteps = try scheduler().trainSteps
        do throws(InvalidField) {
            try InvalidField.require("fps", defaults.framesPerSecond, in: 1...240)
            try defaults.sampling.validate(trainSteps: trainSteps)
        } catch {
            throw ConfigurationError.invalid(field: error.name, rule: error.rule.description)
        }
        return defaults
    }

    /// Tokenizer and text transformer.
    func promptEncoder(device: Device) throws -> PromptEncoder {
        let shelf = try NetworkShelf(self, device: device, dtype: .float32, residency: .kept)
        try shelf.use([.textEncoder])
        return shelf.prompts
    }

    /// All networks after the text transformer, ready for inference.
    func pipeline(device: Device, dtype: DType) throws -> StreamingPipeline {
        let shelf = try NetworkShelf(self, device: device, dtype: dtype, residency: .kept)
        try shelf.use(shelf.all.subtracting([.textEncoder]))
        return shelf.pipeline
    }
}
