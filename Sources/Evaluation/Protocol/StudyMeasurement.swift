import Foundations
import StreamingT2V

/// Measures a video of a study while it is made.
///
/// `@unchecked Sendable`: a job gives it one chunk after the other, and ``finish()`` follows the last.
final class StudyMeasurement: ChunkSink, @unchecked Sendable {
    /// What making and measuring a video takes.
    struct Costs {
        /// Seconds, and mebibytes of the process, for each frame.
        var seconds: [Double?] = []
        var memory: [Double?] = []
        var (denoising, decoding, measuring) = (0.0, 0.0, 0.0)
        /// Bytes.
        var peak: Int?
    }

    private var measurement: FrameMeasurement
    private var costs = Costs()
    private let progress: @Sendable (Int) -> Void

    /// - Parameter progress: is told how many frames have been measured.
    init(_ measurement: FrameMeasurement, progress: @escaping @Sendable (Int) -> Void) {
        (self.measurement, self.progress) = (measurement, progress)
    }

    /// Measures a chunk.
    func append(_ chunk: VideoChunk) async throws {
        let start = ContinuousClock.now
        for frame in chunk.frames { _ = try measurement.append(frame) }
        costs.measuring += (ContinuousClock.now - start) / .seconds(1)
        costs.denoising += chunk.denoisingSeconds
        costs.decoding += chunk.decodingSeconds
        let bytes = ProcessMemory.resident()
        costs.peak = [costs.peak, bytes].compactMap(\.self).max()
        let seconds = chunk.denoisingSeconds + chunk.decodingSeconds
        for _ in chunk.frames {
            costs.seconds.append(seconds / Double(chunk.frames.count))
            costs.memory.append(bytes.map { Double($0) / 1_048_576 })
        }
        progress(measurement.frameCount)
    }

    /// The figures of the whole video.
    func finish() throws -> (FrameMeasurement, [MetricResult], Costs) {
        let start = ContinuousClock.now
        let results = try measurement.finish()
        costs.measuring += (ContinuousClock.now - start) / .seconds(1)
        return (measurement, results, costs)
    }
}
