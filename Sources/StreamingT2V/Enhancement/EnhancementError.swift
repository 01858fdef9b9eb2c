public import Foundations

/// Why the enhancement of a video cannot go on.
public enum EnhancementError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Frames came after `finish()`.
    case alreadyFinished
    /// Latents are not `[1, C, n, h, w]`, or not of the size of those before.
    case latents(expected: String, actual: [Int])
    /// A network returned something else than one prediction per element of its chunk.
    case prediction(expected: [Int], actual: [Int])
    /// A frame differs in size from the first one.
    case frameSize(frame: Int, expected: [Int], actual: [Int])
    /// The video is shorter than one chunk, which the release's rule does not allow.
    case tooShort(frames: Int, chunkLength: Int)

    /// One line that says what to do.
    public var description: String {
        switch self {
        case .alreadyFinished:
            "the video is finished; no frame can follow. Begin another enhancement."
        case .latents(let expected, let actual):
            "latents to be enhanced have shape \(actual), \(expected) is needed. "
                + "Encode all frames of a video in one size."
        case .prediction(let expected, let actual):
            "the enhancing network returned shape \(actual) for a chunk of shape \(expected). "
                + "Check that the network belongs to these latents."
        case .frameSize(let frame, let expected, let actual):
            "frame \(frame) has \(actual[0])×\(actual[1]) pixels, the video began with "
                + "\(expected[0])×\(expected[1]). Give all frames one size."
        case .tooShort(let frames, let chunkLength):
            "\(frames) frames are fewer than the \(chunkLength) of one chunk. "
                + "Make a longer video, or pad the last chunk instead of dropping it."
        }
    }
}

extension EnhancementError: Failure {
    /// What kind of thing went wrong.
    public var kind: FailureKind {
        switch self {
        case .frameSize, .tooShort: .badData
        case .alreadyFinished, .latents, .prediction: .fault
        }
    }
}
