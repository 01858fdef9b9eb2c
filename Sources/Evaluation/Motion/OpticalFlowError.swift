public import Foundations

/// What can go wrong while motion is measured, with the next step in every message.
public enum OpticalFlowError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The two frames of a pair, or a frame and the video before it, differ in size; sizes are width and height in pixels.
    case frameSizeMismatch(expected: [Int], actual: [Int])
    /// The estimator cannot work on frames of this size.
    case unusableFrameSize(estimator: String, size: [Int], rule: String)
    /// The estimator gave a flow of another size than its frames; `pair` counts from 0.
    case flowSizeMismatch(estimator: String, pair: Int, expected: [Int], actual: [Int])
    /// The estimator gave a number that is not finite.
    case flowNotFinite(estimator: String, pair: Int)
    /// The estimator refused to work.
    case estimatorFailed(estimator: String, reason: String)

    /// One line: place, expected, actual, next step.
    public var description: String {
        switch self {
        case .frameSizeMismatch(let expected, let actual):
            "A frame has \(Self.text(actual)) pixels, the one before it \(Self.text(expected)). "
                + "Scale all frames of a video to one size."
        case .unusableFrameSize(let estimator, let size, let rule):
            "\(estimator) cannot work on frames of \(Self.text(size)) pixels: \(rule). "
                + "Scale the frames, or take another estimator."
        case .flowSizeMismatch(let estimator, let pair, let expected, let actual):
            "\(estimator): the flow of pair \(pair) has \(Self.text(actual)) vectors, its frames have "
                + "\(Self.text(expected)) pixels. Correct the estimator: one vector per pixel is needed."
        case .flowNotFinite(let estimator, let pair):
            "\(estimator): the flow of pair \(pair) has numbers that are not finite. "
                + "Check its weights, or take another estimator."
        case .estimatorFailed(let estimator, let reason):
            "\(estimator) failed: \(reason). Take another estimator, or report this as a bug."
        }
    }

    private static func text(_ sides: [Int]) -> String {
        sides.map(String.init).joined(separator: "×")
    }
}

extension OpticalFlowError: Failure {
    /// What kind of thing went wrong.
    public var kind: FailureKind {
        .badData
    }
}
