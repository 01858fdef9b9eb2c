public import Journeys
import StreamingT2V
public import Torch
public import TorchNN
public import VideoIO

/// Reads the factors of the world off frames: subject, colour, background, time and direction.
///
/// It is trained on drawn frames only, never on generated ones.
public final class FactorClassifier: Module {
    /// Side of the frames that are read, in pixels.
    public static let size = 64

    private static let heads = [
        Subject.allCases.count, SubjectColour.allCases.count, Background.allCases.count,
        TimeOfDay.allCases.count, Direction.allCases.count,
    ]

    let convolutions: [Convolution2D]
    let norms: [GroupNorm]
    let hidden: Linear
    let output: Linear

    /// A network without weights.
    public init() {
        let channels = [3, 32, 64, 96, 128]
        convolutions = (0..<4).map { Convolution2D(channels[$0], channels[$0 + 1], stride: 2) }
        norms = (0..<4).map { GroupNorm(groups: 8, channels: channels[$0 + 1]) }
        hidden = Linear(128 * 4 * 4, 192)
        output = Linear(192, Self.heads.reduce(0, +))
    }

    /// All outputs `[N, 25]` of frames `[N, 3, 64, 64]` with values in [−1, 1].
    func callAsFunction(_ images: Tensor) throws(TensorError) -> Tensor {
        var features = try images.channelsLast()
        for (convolution, norm) in zip(convolutions, norms) {
            features = try norm(convolution(features)).silu()
        }
        return try output(hidden(features.reshaped(images.shape[0], -1)).silu())
    }

    /// The outputs by head: logits of the five factors.
    static func split(_ outputs: Tensor) throws(TensorError) -> [Tensor] {
        var start = 0
        var parts: [Tensor] = []
        for width in heads {
            parts.append(try outputs.slice(1, start..<start + width))
            start += width
        }
        return parts
    }

    /// What a stretch of video shows.
    public struct Reading: Sendable, Hashable {
        /// The most likely subject.
        public let subject: Subject
        /// Its colour.
        public let colour: SubjectColour
        /// The background.
        public let background: Background
        /// The time of day.
        public let timeOfDay: TimeOfDay
        /// Where the subject faces.
        public let direction: Direction
    }

    /// Reads frames of one scene; their probabilities are averaged.
    ///
    /// - Precondition: at least one frame.
    public func read(_ frames: [RGBFrame]) throws -> Reading {
        precondition(!frames.isEmpty)
        return try withInferenceMode {
            let images = try Tensor.images(frames)
            let sized =
                images.shape[2] == Self.size
                ? images : try ImageResizing.averaged(images, side: Self.size)
            let parts = try Self.split(self(sized))
            func best<Value>(_ part: Tensor, _ values: [Value]) throws -> Value {
                let index = try part.softmax(1).mean([0]).argmax(0).item()
                return values[Int(index)]
            }
            return Reading(
                subject: try best(parts[0], Subject.allCases),
                colour: try best(parts[1], SubjectColour.allCases),
                background: try best(parts[2], Background.allCases),
                timeOfDay: try best(parts[3], TimeOfDay.allCases),
                direction: try best(parts[4], Direction.allCases))
        }
    }
}

/// Scaling of generated frames to the classifier's size.
enum ImageResizing {
    /// Averages whole squares of pixels.
    static func averaged(_ images: Tensor, side: Int) throws(TensorError) -> Tensor {
        let (n, c, height, width) = try images.shape4()
        guard height % side == 0, height == width else {
            throw .shapeMismatch(
                place: "factor classifier",
                expected: "square frames of a multiple of \(side) pixels",
                actual: images.shape)
        }
        let factor = height / side
        return try images.reshaped(n, c, side, factor, side, factor).mean([3, 5])
    }
}
