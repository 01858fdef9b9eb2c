/// Which training steps a sampler visits.
enum TimestepSpacing {
    /// The visited steps, from the noisiest.
    static func timesteps(_ configuration: SchedulerConfiguration, steps: Int) -> [Int] {
        let count = configuration.trainSteps
        switch configuration.timestepSpacing {
        case .leading:
            let ratio = count / steps
            return (0..<steps).reversed().map {
                min($0 * ratio + configuration.stepsOffset, count - 1)
            }
        case .linspace:
            guard steps > 1 else { return [count - 1] }
            let distance = Double(count - 1) / Double(steps - 1)
            return (0..<steps).reversed().map {
                Int((Double($0) * distance).rounded(.toNearestOrEven))
            }
        case .trailing:
            let ratio = Double(count) / Double(steps)
            return (0..<steps).map {
                max(
                    Int((Double(count) - Double($0) * ratio).rounded(.toNearestOrEven)) - 1, 0)
            }
        }
    }
}
