import Checkpoints
import Foundation
import Torch
import TorchNN

/// Everything that a stage needs to go on as if it had never stopped: weights, averages, optimizer, position.
///
/// Random numbers need no state: they depend on the step's number only.
struct StageCheckpoint {
    let file: URL

    /// Where a stage stands.
    struct Position: Equatable {
        var step = 0
        var seconds = 0.0
    }

    /// Restores all state, or returns `nil` where there is no checkpoint.
    func restore(
        settings: StageSettings, optimizer: AdamW, average: ExponentialMovingAverage
    ) throws -> Position? {
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        let archive = try SafetensorsArchive(url: file)
        let metadata = archive.files.first?.metadata ?? [:]
        guard metadata["stage"] == settings.stage.rawValue,
            let step = metadata["step"].flatMap(Int.init),
            (0...StageSettings.stepLimit).contains(step),
            let seconds = Double(metadata["seconds"] ?? "0"), seconds >= 0, seconds.isFinite
        else {
            throw TrainingError.foreignCheckpoint(
                file: file.path, reason: "is not a checkpoint of stage \(settings.stage.rawValue)")
        }
        let state = try tensors(optimizer: optimizer, average: average)
        for (name, own) in state where archive.entries[name]?.shape != own.shape {
            throw TrainingError.foreignCheckpoint(
                file: file.path, reason: "does not fit the networks of this recipe (\(name))")
        }
        for (name, own) in state { try own.assign(archive.tensor(name)) }
        return Position(step: step, seconds: seconds)
    }

    /// Saves all state; the file is replaced as a whole or not at all.
    func save(
        _ position: Position, settings: StageSettings, optimizer: AdamW,
        average: ExponentialMovingAverage
    ) throws {
        try saveTensors(
            tensors(optimizer: optimizer, average: average), to: file,
            metadata: [
                "stage": settings.stage.rawValue, "step": "\(position.step)",
                "seconds": "\(position.seconds)",
            ])
    }

    /// All state under its names: parameters, averages, moments.
    private func tensors(
        optimizer: AdamW, average: ExponentialMovingAverage
    ) throws(TensorError) -> [(name: String, tensor: Tensor)] {
        var tensors: [(name: String, tensor: Tensor)] = []
        for (path, parameter) in optimizer.parameters {
            tensors.append(("value.\(path)", try parameter.value))
        }
        tensors += average.state().map { ("average.\($0.name)", $0.tensor) }
        tensors += optimizer.state().map { ("adam.\($0.name)", $0.tensor) }
        return tensors
    }
}
