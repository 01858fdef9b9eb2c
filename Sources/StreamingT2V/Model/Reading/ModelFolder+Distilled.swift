package import Checkpoints
import Foundation

/// `distilled/` holds changes of the weights with which the model takes few steps without guidance, `config.json`, which says
/// for which weights, and `generation.json`, which says how many steps.
extension ModelFolder {
    /// The file with the defaults for few steps.
    var distilledDefaults: URL {
        folder(.distilled).appendingPathComponent("generation.json")
    }

    /// The same model with its few-step weights.
    ///
    /// - Throws: `GenerationError.noDistilled` for a model without, `GenerationError.inconsistentModel` where they are those
    ///   of another model.
    public func distilled() throws -> ModelFolder {
        guard has(.distilled) else { throw GenerationError.noDistilled(folder: url.path) }
        try requireFittingChanges()
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

    /// Throws if `distilled/` lacks a file, or was made for other weights.
    private func requireFittingChanges() throws {
        let place = folder(.distilled)
        let file = place.appendingPathComponent(Component.distilled.configurationName)
        for needed in [file, distilledDefaults, weights(.distilled)]
        where !FileManager.default.fileExists(atPath: needed.path) {
            throw GenerationError.notAModel(
                folder: place.path, missing: needed.lastPathComponent)
        }
        let own = try DistilledConfiguration(unet: self, streaming: self)
        guard try decode(DistilledConfiguration.self, at: file) == own else {
            throw GenerationError.inconsistentModel(
                folder: place.path,
                reason:
                    "its changes were trained for other weights than those of unet/ and streaming/")
        }
    }

    /// The changes of the weights, or `nil` if the model has none.
    package func distilledChanges() throws -> (any TensorArchive)? {
        has(.distilled) ? try openCheckpoint(weights(.distilled)) : nil
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
}
