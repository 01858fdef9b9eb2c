/// Which points of a noise schedule a solver visits.
///
/// Source: the release's `trailing`, `linspace` and `leading` tables; unlike diffusers' ones they may begin and end
/// anywhere and fall between training steps.
public struct StepTable: Sendable, Hashable {
    /// Number of network evaluations, at least 1.
    public var steps: Int
    /// The noisiest training step that is visited.
    public var maximum: Int
    /// The cleanest training step that is aimed at.
    public var minimum: Int
    /// How the points lie between both.
    public var spacing: SchedulerConfiguration.TimestepSpacing

    /// The release's table, unless told otherwise: 30 steps from training step 599.
    public init(
        steps: Int = 30, maximum: Int = 599, minimum: Int = 0,
        spacing: SchedulerConfiguration.TimestepSpacing = .trailing
    ) {
        self.steps = steps
        self.maximum = maximum
        self.minimum = minimum
        self.spacing = spacing
    }

    /// What is wrong with the table for a schedule of so many training steps, or `nil`.
    public func problem(trainSteps: Int) -> (field: String, rule: String)? {
        if !(1...trainSteps).contains(steps) {
            return ("steps", "must be from 1 to \(trainSteps), not \(steps)")
        }
        if !(0..<trainSteps).contains(maximum) {
            return ("t_max", "must be from 0 to \(trainSteps - 1), not \(maximum)")
        }
        if !(0...maximum).contains(minimum) {
            return ("t_min", "must be from 0 to t_max (\(maximum)), not \(minimum)")
        }
        return nil
    }

    /// The points, from the noisiest; one more than steps, as the last one is replaced by a clean end.
    var times: [Double] {
        let (low, high) = (Double(minimum), Double(maximum))
        let span = high - low
        let distance = spacing == .linspace ? span / Double(steps) : (span + 1) / Double(steps + 1)
        return (0...steps).map { index in
            let time =
                switch spacing {
                case .linspace, .trailing: high - Double(index) * distance
                case .leading: low + Double(steps - index) * distance
                }
            return min(max(time, low), high)
        }
    }
}
