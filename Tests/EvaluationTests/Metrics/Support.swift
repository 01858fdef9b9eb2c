import StreamingT2V
import VideoIO

@testable import Evaluation

/// A frame of one colour.
func plain(
    _ red: UInt8, _ green: UInt8, _ blue: UInt8, width: Int = 4, height: Int = 4
) -> RGBFrame {
    RGBFrame(
        width: width, height: height,
        pixels: (0..<width * height).flatMap { _ in [red, green, blue] })
}

/// A grey frame.
func grey(_ level: UInt8, width: Int = 4, height: Int = 4) -> RGBFrame {
    plain(level, level, level, width: width, height: height)
}

/// A picture without symmetries; another `variant` is another picture.
func pattern(_ variant: Int, width: Int = 40, height: Int = 30) -> RGBFrame {
    var pixels: [UInt8] = []
    for y in 0..<height {
        for x in 0..<width {
            for channel in 0..<3 {
                let wave = (x * y) % (11 + variant) * variant * 3
                pixels.append(UInt8((x * 7 + y * 13 + channel * 50 + wave) % 256))
            }
        }
    }
    return RGBFrame(width: width, height: height, pixels: pixels)
}

/// What a metric says about frames.
func measure(
    _ metric: some VideoMetric, _ frames: [RGBFrame], reference: [RGBFrame]? = nil
) throws -> MetricResult {
    var metric = metric
    for (index, frame) in frames.enumerated() {
        try metric.append(
            ObservedFrame(
                index: index, picture: frame, previous: index > 0 ? frames[index - 1] : nil,
                reference: reference?[index]))
    }
    return try metric.finish()
}

extension MetricResult {
    /// A figure by its name.
    subscript(name: String) -> MetricFigure? { figures.first { $0.name == name } }

    func curve(_ name: String) -> [Double?]? { curves.first { $0.name == name }?.values }
}

/// The circumstances of a video of this size, without models.
func context(width: Int = 64, height: Int = 64, model: ModelFolder? = nil) -> MetricContext {
    MetricContext(
        info: VideoInfo(
            width: width, height: height, framesPerSecond: nil, frameCount: nil, duration: nil),
        models: EvaluationModels(model: model) { _ in })
}
