import Foundation

extension LogSNRSchedule {
    /// `σ / α` at a point between training steps: its logarithm is interpolated.
    ///
    /// - Parameter time: from 0 to the last training step; what is outside counts as the nearest end.
    public func noiseRatio(at time: Double) -> Double {
        let last = noiseRatios.count - 1
        let time = min(max(time, 0), Double(last))
        let low = Int(time)
        let share = time - Double(low)
        // Not interpolated: 0 · ∞ would be no number.
        guard share > 0 else { return Double(noiseRatios[low]) }
        let ends = (log(Double(noiseRatios[low])), log(Double(noiseRatios[low + 1])))
        return exp((1 - share) * ends.0 + share * ends.1)
    }

    /// The point between training steps that has a given `σ / α`; 0 belongs to step 0, infinity to the last step.
    public func time(ofNoiseRatio ratio: Double) -> Double {
        let last = noiseRatios.count - 1
        guard ratio.isFinite else { return Double(last) }
        guard ratio > Double(noiseRatios[0]) else { return 0 }
        let above = noiseRatios.firstIndex { Double($0) > ratio } ?? last
        let low = min(above - 1, last - 1)
        let ends = (log(Double(noiseRatios[low])), log(Double(noiseRatios[low + 1])))
        let share = (log(ratio) - ends.0) / (ends.1 - ends.0)
        return Double(low) + min(max(share, 0), 1)
    }

    /// The training step whose `σ / α` is nearest, measured along ``time(ofNoiseRatio:)``.
    public func timestep(ofNoiseRatio ratio: Double) -> Int {
        Int(time(ofNoiseRatio: ratio).rounded(.toNearestOrEven))
    }
}
