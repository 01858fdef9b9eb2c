import Foundation
import StreamingT2V
import Torch
import TorchNN
import VideoIO

/// One stage of training: which parameters learn, from which samples, by which loss.
///
/// A stage lives on the trainer's thread. What it computes in a step depends on the step's number only.
protocol TrainingStage: AnyObject {
    /// A clip in the form that the loss reads.
    associatedtype Sample

    /// Parameters that learn, with the names that their state is stored under.
    var trainable: [(path: String, parameter: Parameter)] { get }

    /// Frames of a training clip.
    var frameCount: Int { get }

    /// Whether a training clip has its frames in the large size, too; not, unless a stage says so.
    var needsLargeFrames: Bool { get }

    /// Reads a clip; does not depend on the parameters that learn.
    func sample(_ clip: TrainingClip) throws -> Sample

    /// Whether the loss of a batch is the mean of its samples' losses, so that parts of it can be computed alone.
    var isSeparable: Bool { get }

    /// The loss of a step, with the graph that leads to it.
    ///
    /// - Parameters:
    ///   - samples: the batch, or a part of it.
    ///   - firstSlot: place of the first of the samples in the batch; random numbers belong to places.
    func loss(_ samples: [Sample], step: Int, firstSlot: Int) throws -> Tensor

    /// Figures on clips that were never trained on, with the averaged weights in place.
    func validate(_ samples: [Sample]) throws -> [String: Double]

    /// Figures that take the clips themselves to compute; none, unless a stage says so.
    func figures(_ clips: [TrainingClip]) throws -> [String: Double]

    /// A picture of what the stage can do now, with the averaged weights in place.
    func sampleSheet(_ clips: [TrainingClip]) throws -> RGBFrame

    /// Writes the stage's part of the model, with the averaged weights in place.
    func export(to folder: ModelFolder, figures: [String: Double]) throws
}

extension TrainingStage {
    var needsLargeFrames: Bool { false }

    func figures(_ clips: [TrainingClip]) throws -> [String: Double] { [:] }

    /// The loss on samples, batch by batch, at noise that is always the same: that of steps before the first.
    func meanLoss(
        _ samples: [Sample], batch size: Int, _ loss: ([Sample], _ step: Int) throws -> Tensor
    ) throws -> Double {
        try withoutGradients {
            let batches = stride(from: 0, to: samples.count, by: size).map {
                Array(samples[$0..<min($0 + size, samples.count)])
            }
            var total = 0.0
            for (index, batch) in batches.enumerated() {
                total += try loss(batch, -1 - index).item()
            }
            return total / Double(max(batches.count, 1))
        }
    }
}
