import Torch

/// An operation, and how much it does each time: multiplications with their additions, or bytes that it moves.
struct Workload {
    /// Multiplications, each with an addition, or bytes.
    let amount: Double
    /// Computes the operation once.
    let run: () throws -> Tensor

    /// An operation that does `amount` each time.
    init(_ amount: Int, _ run: @escaping () throws -> Tensor) {
        self.amount = Double(amount)
        self.run = run
    }

    /// Seconds that a measurement takes at least, far above what the clock and one call cost.
    private static let shortest = 0.02

    /// Seconds that one run takes: the mean of as many as make a measurement.
    func seconds() throws -> Double {
        let start = ContinuousClock.now
        var (runs, elapsed) = (0.0, 0.0)
        repeat {
            _ = try run()
            runs += 1
            elapsed = (ContinuousClock.now - start) / .seconds(1)
        } while elapsed < Self.shortest
        return elapsed / runs
    }
}
