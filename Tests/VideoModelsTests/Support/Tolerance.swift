/// How far a result may be from its reference, in the largest absolute difference of all elements.
struct Tolerance {
    private enum Scale {
        /// The limit as it is.
        case absolute
        /// The limit times the largest absolute reference value, but at least times one.
        case atLeastOne
        /// The limit times the largest absolute reference value.
        case relative
    }

    private let value: Double
    private let scale: Scale

    private let floor: Double

    private init(value: Double, scale: Scale, floor: Double = 0) {
        (self.value, self.scale, self.floor) = (value, scale, floor)
    }

    /// A limit that does not depend on the reference.
    init(absolute value: Double) {
        self.init(value: value, scale: .absolute)
    }

    /// The largest difference that passes, for references up to `magnitude`.
    func limit(magnitude: Double) -> Double {
        switch scale {
        case .absolute: value
        case .atLeastOne: value * max(1, magnitude)
        case .relative: max(value * magnitude, floor)
        }
    }

    // The table of the fixtures' README, row by row.

    static let modules = Tolerance(value: 5e-6, scale: .atLeastOne)
    static let unet = Tolerance(value: 1e-5, scale: .atLeastOne)
    static let cam = Tolerance(value: 1e-5, scale: .atLeastOne)
    static let apm = Tolerance(value: 5e-6, scale: .atLeastOne)
    static let full = Tolerance(absolute: 1.5e-5)
    static let fullGuided = Tolerance(absolute: 1e-4)
    static let textAndAutoencoder = Tolerance(value: 1e-5, scale: .atLeastOne)
    static let rolloutGuided = Tolerance(absolute: 1e-4)
    static let rolloutSample = Tolerance(absolute: 3e-4)
    static let rolloutFrames = Tolerance(absolute: 1e-4)
    static let schedulers = Tolerance(value: 1e-5, scale: .atLeastOne)
    static let trainingLoss = Tolerance(absolute: 1e-5)
    static let gradients = Tolerance(value: 1e-4, scale: .relative)
    /// Norms, for which the README has no row.
    ///
    /// The norm of a scalar's gradient is that scalar, a sum that nearly cancels: the
    /// recorded value of one `alpha` is 1.6e-9 away from the same sum in float64, hence the floor.
    static let gradientNorms = Tolerance(value: 1e-4, scale: .relative, floor: 1e-8)
    /// The row `networks` of the enhancer's README.
    static let enhancer = Tolerance(value: 5e-6, scale: .atLeastOne)
    /// Flows of RAFT, whose errors grow over its updates.
    static let opticalFlow = Tolerance(value: 1e-4, scale: .relative)
    static let epsilonProbe = Tolerance(absolute: 1e-5)

    /// Gradients whose norm is below this are zero but for rounding, and are not compared.
    static let vanishingGradientNorm = 1e-7
}
