import Foundation
import Foundations
import StreamingT2V
import Torch
import TorchNN
import VideoIO

/// Looks at a stage with its averaged weights: figures, sample sheet, export.
struct StageExaminer<Stage: TrainingStage> {
    private let stage: Stage
    private let average: ExponentialMovingAverage
    private let clips: [TrainingClip]
    private let samples: [Stage.Sample]
    private let folder: URL

    init(
        stage: Stage, average: ExponentialMovingAverage, clips: [TrainingClip], folder: URL
    ) throws {
        self.stage = stage
        self.average = average
        self.clips = clips
        self.folder = folder
        samples = try clips.map { try stage.sample($0) }
    }

    /// Figures on unseen clips; writes a sample sheet beside the log.
    func examine(step: Int) throws -> [String: Double] {
        try average.whileApplied {
            try stage.sampleSheet(clips).writePNG(
                to: folder.appendingPathComponent("samples-\(step).png"))
            return try stage.validate(samples).merging(stage.figures(clips)) { $1 }
        }
    }

    /// Writes the model as it is now.
    func export(to model: ModelFolder, figures: [String: Double]) throws {
        try average.whileApplied { try stage.export(to: model, figures: figures) }
    }
}

extension RGBFrame {
    /// Writes the picture, replacing a file of that name as a whole.
    func writePNG(to file: URL) throws {
        try AtomicFile.save(Data(PNG.encode(self)), to: file)
    }
}
