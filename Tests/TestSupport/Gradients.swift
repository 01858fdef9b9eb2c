package import Testing
package import Torch

/// The largest difference of two tensors' elements, relative to the largest element of the second.
package func relativeDifference(_ actual: Tensor, _ expected: Tensor) throws -> Double {
    #expect(actual.shape == expected.shape)
    let left = try actual.values(as: Double.self)
    let right = try expected.values(as: Double.self)
    // The largest difference passes over what is no number.
    #expect(!left.contains { !$0.isFinite })
    let scale = right.map(abs).max() ?? 0
    return (zip(left, right).map { abs($0 - $1) }.max() ?? 0) / max(scale, 1e-30)
}

/// Reproducible numbers in double precision.
package func sample(_ shape: [Int], seed: UInt64) throws -> Tensor {
    try RandomGenerator(seed: seed).normal(shape, .data).converted(to: .float64)
}

/// Compares the gradients of `Σ probe · output()` for every leaf with central differences.
package func expectGradients(
    _ leaves: [Tensor], tolerance: Double = 1e-6, sourceLocation: SourceLocation = #_sourceLocation,
    _ output: () throws -> Tensor
) throws {
    let probe = try sample(output().shape, seed: 99)
    func loss() throws -> Tensor { try (output() * probe).sum() }
    for leaf in leaves {
        try leaf.setGradient(nil)
        try leaf.setRequiresGradient(true)
    }
    try loss().backward()
    let step = 1e-5
    for (index, leaf) in leaves.enumerated() {
        let gradient = try #require(try leaf.gradient(), sourceLocation: sourceLocation)
        let analytic = try gradient.values(as: Double.self)
        let start = try leaf.values(as: Double.self)
        for element in start.indices {
            var sides: [Double] = []
            for sign in [1.0, -1.0] {
                var moved = start
                moved[element] += sign * step
                try leaf.assign(Tensor(moved, shape: leaf.shape))
                sides.append(try withoutGradients { try loss().item() })
            }
            let numeric = (sides[0] - sides[1]) / (2 * step)
            #expect(
                abs(numeric - analytic[element]) <= tolerance * max(1, abs(numeric)),
                "leaf \(index), element \(element): \(analytic[element]) is not \(numeric)",
                sourceLocation: sourceLocation)
        }
        try leaf.assign(Tensor(start, shape: leaf.shape))
    }
}
