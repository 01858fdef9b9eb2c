import Torch

/// The random choices of one training sample; they depend on its place in the training only.
struct SampleChoices {
    private let generator: RandomGenerator
    private let step: Int
    private let first: Int

    /// - Parameters:
    ///   - slot: the sample's place in the batch.
    ///   - count: how many choices each sample of the stage has.
    init(_ generator: RandomGenerator, step: Int, slot: Int, of count: Int) {
        self.generator = generator
        self.step = step
        first = slot * count
    }

    /// A whole number from 0 to below `count`.
    func index(_ choice: Int, below count: Int) -> Int { Int(bits(choice) % UInt64(count)) }

    /// A number from 0 to below 1, in steps of a ten-thousandth.
    func share(_ choice: Int) -> Double { Double(bits(choice) % 10_000) / 10_000 }

    private func bits(_ choice: Int) -> UInt64 {
        generator.bits(.trainingChoice, chunk: first + choice, step: step)
    }
}
