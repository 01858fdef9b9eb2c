import Foundation
import VideoIO

@testable import Evaluation
@testable import StreamingT2V

/// Settings of a model that there is not, of grey frames of 4×4 pixels.
func studySettings(
    model: String = "grey", metrics: [String] = ["cuts", "motion"], truncates: Bool = false
) -> StudySettings {
    var sampling = SamplingSettings()
    (sampling.width, sampling.height) = (4, 4)
    return StudySettings(
        version: "9.9", model: model, weights: ["unet/a": "ff"], sampling: sampling, device: "cpu",
        dtype: "float32", flow: "none", metrics: metrics, truncatesPrompts: truncates)
}

/// A video of a study with one figure and one curve.
func studyVideo(
    _ index: Int = 0, frames: Int, figure: Double?, curve: [Double?],
    name: String = "mawe_script", seconds: Double = 6, skipped: [VideoResult.Skipped] = [],
    model: String = "grey"
) -> StudyVideo {
    StudyVideo(
        task: StudyTask(index: index, prompt: "p\(index)", seed: UInt64(index), frames: frames),
        settings: studySettings(model: model),
        figures: [
            MetricFigure(
                name, unit: "u", figure.map { .value($0) } ?? .undefined("none"), meaning: "")
        ], details: [:], skipped: skipped,
        curves: [StudyCurve(MetricCurve(name, unit: "u", curve))],
        denoisingSeconds: seconds * 2 / 3, decodingSeconds: seconds / 3, measuringSeconds: 1,
        peakMemory: (index + 1) << 20)
}

/// Chunks of 4 grey frames that get lighter by the seed plus 1 from frame to frame.
func greyChunks(_ request: GenerationRequest) -> AsyncThrowingStream<VideoChunk, any Error> {
    AsyncThrowingStream { stream in
        let count = request.frames ?? 0
        for (index, first) in stride(from: 0, to: count, by: 4).enumerated() {
            let frames = (first..<min(first + 4, count)).map {
                grey(UInt8($0 * (Int(request.seed) + 1)))
            }
            stream.yield(
                VideoChunk(
                    index: index, attempt: 0, firstFrame: first, frames: frames,
                    denoisingSeconds: 0.5, decodingSeconds: 0.25))
        }
        stream.finish()
    }
}
