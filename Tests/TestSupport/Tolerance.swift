/// How far a result may be from its reference, in the largest absolute difference of all elements.
package struct Tolerance {
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
    package init(absolute value: Double) {
        self.init(value: value, scale: .absolute)
    }

    /// The largest difference that passes, for references up to `magnitude`.
    package func limit(magnitude: Double) -> Double {
        switch scale {
        case .absolute: value
        case .atLeastOne: value * max(1, magnitude)
        case .relative: max(value * magnitude, floor)
        }
    }

    // The table of the fixtures' README, row by row.

    package static let modules = Tolerance(value: 5e-6, scale: .atLeastOne)
    package static let unet = Tolerance(value: 1e-5, scale: .atLeastOne)
    package static let cam = Tolerance(value: 1e-5, scale: .atLeastOne)
    package static let apm = Tolerance(value: 5e-6, scale: .atLeastOne)
    package static let full = Tolerance(absolute: 1.5e-5)
    package static let fullGuided = Tolerance(absolute: 1e-4)
    package static let textAndAutoencoder = Tolerance(value: 1e-5, scale: .atLeastOne)
    package static let rolloutGuided = Tolerance(absolute: 1e-4)
    package static let rolloutSample = Tolerance(absolute: 3e-4)
    package static let rolloutFrames = Tolerance(absolute: 1e-4)
    package static let schedulers = Tolerance(value: 1e-5, scale: .atLeastOne)
    package static let trainingLoss = Tolerance(absolute: 1e-5)
    package static let gradients = Tolerance(value: 1e-4, scale: .relative)
    /// Norms, for which the README has no row.
    ///
    /// The norm of a scalar's gradient is that scalar, a sum that nearly cancels: the
    /// recorded value of one `alpha` is 1.6e-9 away from the same sum in float64, hence the floor.
    package static let gradientNorms = Tolerance(value: 1e-4, scale: .relative, floor: 1e-8)
    /// The row `networks` of the enhancer's README.
    package static let enhancer = Tolerance(value: 5e-6, scale: .atLeastOne)
    /// Flows of RAFT, whose errors grow over its updates.
    package static let opticalFlow = Tolerance(value: 1e-4, scale: .relative)
    package static let epsilonProbe = Tolerance(absolute: 1e-5)

    /// Gradients whose norm is below this are zero but for rounding, and are not compared.
    package static let vanishingGradientNorm = 1e-7
}
