public import Foundation
public import StreamingT2V

/// The networks that metrics need, loaded when the first one asks and shared by all videos.
public final class EvaluationModels {
    private let folder: ModelFolder?
    private let flowWeights: URL?
    private let trainingProgress: (Double) -> Void
    private var pair: CLIPPair?
    private var classifier: FactorClassifier?
    private var flow: (any OpticalFlowEstimator)?

    /// Names the model; nothing is read yet.
    ///
    /// - Parameters:
    ///   - folder: the model with the CLIP pair, if there is one.
    ///   - flowWeights: the weights of RAFT for optical flow; `nil` for the classical method, which needs none.
    ///   - trainingProgress: is told the share that is done if the factor classifier must be trained.
    public init(
        model folder: ModelFolder?, flowWeights: URL? = nil,
        trainingProgress: @escaping (Double) -> Void
    ) {
        self.folder = folder
        self.flowWeights = flowWeights
        self.trainingProgress = trainingProgress
    }

    /// The model's text and image transformers; `nil` if there is no model.
    func clipPair() throws -> CLIPPair? {
        if let pair { return pair }
        pair = try folder.map { try CLIPPair(folder: $0) }
        return pair
    }

    /// The reader of the drawn world's factors.
    func factorClassifier() throws -> FactorClassifier {
        if let classifier { return classifier }
        let trained = try FactorClassifier.trained(progress: trainingProgress)
        classifier = trained
        return trained
    }

    /// The estimator of optical flow.
    func opticalFlow() throws -> any OpticalFlowEstimator {
        if let flow { return flow }
        let made: any OpticalFlowEstimator =
            if let flowWeights { try RAFTFlowEstimator(weights: flowWeights) } else {
                DISFlowEstimator()
            }
        flow = made
        return made
    }
}
