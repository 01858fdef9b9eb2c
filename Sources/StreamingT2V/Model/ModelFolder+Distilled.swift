import Checkpoints
import Foundation
public import Torch

/// `distilled/` holds changes of the weights with which the model takes few steps without guidance, and `generation.json`,
/// which says how many.
extension ModelFolder {
    private var distilledDefaults: URL {
        folder(.distilled).appendingPathComponent("generation.json")
    }

    /// The same model with its few-step weights.
    ///
    /// - Throws: `GenerationError.noDistilled` for a model without, `GenerationError.inconsistentModel` where they are those
    ///   of another model.
    public func distilled() throws -> ModelFolder {
        guard has(.distilled) else { throw GenerationError.noDistilled(folder: url.path) }
        var model = self
        model.isDistilled = true
        let adapter = try openCheckpoint(weights(.distilled))
        var fitting: Set<String> = []
        for component in [Component.unet, .streaming] where has(component) {
            let archive = try AdaptedArchive(archive(component), changedBy: adapter)
            for change in archive.changedNames.compactMap(AdaptedArchive.Change.init) {
                fitting.formUnion([change.up, change.down])
            }
        }
        if let foreign = adapter.names.first(where: { !fitting.contains($0) }) {
            throw GenerationError.inconsistentModel(
                folder: folder(.distilled).path,
                reason: "changes a layer that the model does not have: \(foreign)")
        }
        return model
    }

    /// An archive of one of the model's parts with the few-step changes, if the model is to be used with them.
    func adapted(
        _ archive: any TensorArchive, of component: Component
    ) throws -> any TensorArchive {
        guard isDistilled, component == .unet || component == .streaming else { return archive }
        return try AdaptedArchive(archive, changedBy: openCheckpoint(weights(.distilled)))
    }

    /// Where the file is that says how the model wants to be sampled.
    var generationFile: URL {
        isDistilled ? distilledDefaults : url.appendingPathComponent("generation.json")
    }

    /// Writes `distilled/`, in half precision.
    ///
    /// - Parameters:
    ///   - tensors: the changes, under the names of ``AdaptedArchive``.
    ///   - defaults: how a model with them wants to be sampled.
    public func saveDistilled(
        _ tensors: [(name: String, tensor: Tensor)], defaults: GenerationDefaults
    ) throws {
        try save(tensors, of: .distilled)
        try write(defaults, to: distilledDefaults)
    }
}
