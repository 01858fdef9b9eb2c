public import Torch

/// Where the random numbers of blending come from.
///
/// The product has one source, `RandomGenerator`; tests replay recorded draws of the reference.
public protocol SeamSource {
    /// A whole number from 0 to below `count`, each equally likely.
    ///
    /// The same arguments must always give the same number; chunks that never come may be asked for.
    ///
    /// - Parameters:
    ///   - count: at least 1.
    ///   - step: the solver's step.
    ///   - boundary: number of the chunk that begins at the seam, from 1.
    func draw(below count: Int, step: Int, boundary: Int) -> Int
}

extension RandomGenerator: SeamSource {
    /// A number that depends on nothing but the seed, the step and the boundary.
    public func draw(below count: Int, step: Int, boundary: Int) -> Int {
        let bits = bits(.blending, chunk: boundary, step: step)
        return Int(bits.multipliedFullWidth(by: UInt64(count)).high)
    }
}
