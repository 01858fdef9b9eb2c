import Foundation
import Schedulers
import Testing
import Torch

@Suite struct DPMSolverSDESchedulerTests {
    private let schedule: LogSNRSchedule
    private let clean: Tensor
    private let noise: Tensor

    init() throws {
        schedule = try LogSNRSchedule()
        clean = try RandomGenerator(seed: 1).normal([1, 2, 3, 4, 5], .data)
        noise = try RandomGenerator(seed: 2).normal([1, 2, 3, 4, 5], .data)
    }

    /// Without added noise, a perfect predictor keeps the sample on its line: clean plus `k` times the noise.
    @Test(arguments: [1, 2, 5, 30], [599, 999])
    func perfectPredictorIsFollowed(steps: Int, maximum: Int) throws {
        for correction in DPMSolverSDEScheduler.Correction.allCases {
            let solver = DPMSolverSDEScheduler(
                schedule, StepTable(steps: steps, maximum: maximum), eta: 0,
                correction: correction)
            #expect(solver.timesteps.count == steps && solver.timesteps[0] == maximum)
            var sample = try solver.begin(
                schedule.diffuse(clean, noise: noise, at: maximum), scale: .exact)
            for index in 0..<steps {
                #expect(!solver.addsNoise(at: index))
                sample = try solver.step(
                    sample, clean: clean, previous: index > 0 ? clean : nil, at: index, noise: nil)
                let expected = try clean + noise * solver.noiseRatios[index + 1]
                #expect(try (sample - expected).absolute().maximum().item() < 2e-4)
            }
            #expect(try (sample - clean).absolute().maximum().item() == 0)
        }
    }

    /// With fresh noise, the noise in the sample keeps the strength that the point asks for.
    @Test func addedNoiseHasTheStrengthOfThePoint() throws {
        let solver = DPMSolverSDEScheduler(schedule, StepTable(steps: 10))
        let zero = try Tensor.zeros([100_000])
        var sample = try RandomGenerator(seed: 3).normal([100_000], .data) * solver.noiseRatios[0]
        for index in 0..<9 {
            #expect(solver.addsNoise(at: index))
            let noise = try RandomGenerator(seed: 4).normal([100_000], .stepNoise, step: index)
            sample = try solver.step(
                sample, clean: zero, previous: zero, at: index, noise: noise)
            let ratio = try sample.standardDeviation().item() / solver.noiseRatios[index + 1]
            #expect(abs(ratio - 1) < 0.012)  // five standard errors
            let input = try solver.networkInput(sample, at: index + 1)
            let k = solver.noiseRatios[index + 1]
            let expected = k / (1 + k * k).squareRoot()
            #expect(abs(try input.standardDeviation().item() / expected - 1) < 0.012)
        }
        #expect(!solver.addsNoise(at: 9))
    }

    /// A prediction that is linear in `ln k` is integrated exactly by the Heun correction, not by first order.
    @Test func heunIntegratesAConstantSlope() throws {
        let solver = DPMSolverSDEScheduler(
            schedule, StepTable(steps: 10), eta: 0, correction: .heun)
        let (k0, k1, k2) = (
            solver.noiseRatios[0], solver.noiseRatios[1], solver.noiseRatios[2]
        )
        let slope = 0.3
        func prediction(_ k: Double) -> Double { slope * log(k) }
        // dx/dk = (x − d(k)) / k with d = s ln k has the solution x = s (ln k + 1) + c k.
        func solution(_ k: Double) -> Double { slope * (log(k) + 1) + 0.8 * k }
        let made = try solver.step(
            Tensor.full([1], value: solution(k1)), clean: Tensor.full([1], value: prediction(k1)),
            previous: Tensor.full([1], value: prediction(k0)), at: 1, noise: nil
        ).item()
        #expect(abs(made - solution(k2)) < 1e-6)
        let firstOrder = try DPMSolverSDEScheduler(schedule, StepTable(steps: 10), eta: 0).step(
            Tensor.full([1], value: solution(k1)), clean: Tensor.full([1], value: prediction(k1)),
            previous: nil, at: 1, noise: nil
        ).item()
        #expect(abs(firstOrder - solution(k2)) > 1e-4)
    }

    @Test func everyTableEndsCleanAndFalls() {
        for spacing in [SchedulerConfiguration.TimestepSpacing.trailing, .linspace, .leading] {
            for (steps, maximum, minimum) in [(1, 599, 0), (7, 899, 100), (50, 999, 0), (3, 3, 3)] {
                let table = StepTable(
                    steps: steps, maximum: maximum, minimum: minimum, spacing: spacing)
                #expect(table.problem(trainSteps: 1000) == nil)
                let solver = DPMSolverSDEScheduler(schedule, table)
                #expect(solver.noiseRatios.count == steps + 1 && solver.noiseRatios.last == 0)
                #expect(
                    zip(solver.noiseRatios, solver.noiseRatios.dropFirst())
                        .allSatisfy { $0 > $1 || maximum == minimum })
                #expect(solver.timesteps.allSatisfy { (minimum...maximum).contains($0) })
            }
        }
    }
}
