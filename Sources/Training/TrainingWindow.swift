/// Sums over the steps between two reports.
struct TrainingWindow {
    private(set) var count = 0
    private var loss = 0.0
    private var norm = 0.0
    private var seconds = 0.0

    mutating func add(loss: Double, norm: Double, seconds: Double) {
        count += 1
        self.loss += loss
        self.norm += norm
        self.seconds += seconds
    }

    func entry(
        settings: StageSettings, position: StageCheckpoint.Position, rate: Double,
        figures: [String: Double]?
    ) -> TrainingLogEntry {
        let divisor = Double(max(count, 1))
        return TrainingLogEntry(
            stage: settings.stage.rawValue, step: position.step, loss: loss / divisor,
            learningRate: rate, gradientNorm: norm / divisor,
            samplesPerSecond: Double(count * settings.batch) / max(seconds, 1e-9),
            seconds: position.seconds, figures: figures)
    }
}
