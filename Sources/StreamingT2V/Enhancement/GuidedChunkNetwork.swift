public import Schedulers
public import Torch

/// A network with a prompt and a negative prompt as a ``ChunkNetwork``: guidance, and the way to the clean chunk.
public struct GuidedChunkNetwork: ChunkNetwork {
    /// Evaluates the network on a chunk `[1, C, n, h, w]` at a training step, for the chunk with this number.
    ///
    /// The last argument says whether the negative prompt's prediction is needed too; both can be one batch.
    public typealias Evaluation = (
        _ chunk: Tensor, _ timestep: Int, _ index: Int, _ needsNegative: Bool
    ) throws -> (prompted: Tensor, negative: Tensor?)

    /// How predictions are turned into clean chunks.
    public struct Reading: Sendable, Hashable {
        /// The schedule that the network was trained with.
        public var schedule: LogSNRSchedule
        /// What the network predicts.
        public var type: LogSNRSchedule.PredictionType
        /// How far clean values may reach.
        public var limit: LogSNRSchedule.SampleLimit

        /// MS-Vid2Vid-XL's way, unless told otherwise.
        public init(
            _ schedule: LogSNRSchedule,
            type: LogSNRSchedule.PredictionType = .velocity,
            limit: LogSNRSchedule.SampleLimit = .unlimited
        ) {
            self.schedule = schedule
            self.type = type
            self.limit = limit
        }
    }

    private let guidance: Guidance
    private let reading: Reading?
    private let evaluate: Evaluation

    /// A network.
    ///
    /// - Parameters:
    ///   - guidance: how both predictions are combined, chunk by chunk.
    ///   - reading: how to get at the clean chunk, or `nil` for a sampler that wants the prediction as it is.
    ///   - evaluate: the network itself.
    public init(
        guidance: Guidance = Guidance(), reading: Reading?,
        evaluate: @escaping Evaluation
    ) {
        self.guidance = guidance
        self.reading = reading
        self.evaluate = evaluate
    }

    /// The guided prediction, or the clean chunk that it stands for.
    public func predict(_ chunk: Tensor, timestep: Int, index: Int) throws -> Tensor {
        let (prompted, negative) = try evaluate(chunk, timestep, index, guidance.needsNegative)
        let guided = try negative.map { try guidance(prompted, negative: $0) } ?? prompted
        guard let reading else { return guided }
        return try reading.schedule.clean(
            chunk, prediction: guided, at: timestep, as: reading.type, limit: reading.limit)
    }
}
