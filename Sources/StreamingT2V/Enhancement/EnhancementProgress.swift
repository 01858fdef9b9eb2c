/// Where an enhancement stands.
public struct EnhancementProgress: Sendable, Hashable {
    /// Frames that have been taken in.
    public let framesRead: Int
    /// Frames that have come out.
    public let framesDelivered: Int
    /// Frames in all, where that is known.
    public let frames: Int?
    /// Evaluations of the network that are done, each of one chunk in one step.
    public let evaluations: Int
    /// Evaluations in all, where that is known.
    public let totalEvaluations: Int?
}
