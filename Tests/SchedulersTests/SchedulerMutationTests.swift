import Foundation
import TestSupport
import Testing

@testable import Schedulers

/// Damaged settings are refused, or every sampler can be made with them.
@Suite struct SchedulerMutationTests {
    @Test func refusesOrSamples() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let sound = try encoder.encode(SchedulerConfiguration())
        let tally = try MutationTally(of: sound, count: mutationCount / 2) {
            $0 is DecodingError
        } _: { bytes in
            let settings = try JSONDecoder().decode(
                SchedulerConfiguration.self, from: Data(bytes))
            let range = 0..<settings.trainSteps
            for steps in Set([1, min(50, settings.trainSteps), settings.trainSteps]) {
                let ddim = DDIMScheduler(settings, steps: steps, eta: 1)
                let solver = DPMSolverScheduler(settings, steps: steps)
                #expect(ddim.timesteps.count == steps && solver.timesteps.count == steps)
                #expect(ddim.timesteps.allSatisfy(range.contains))
                #expect(solver.timesteps.allSatisfy(range.contains))
            }
        }
        #expect(tally.read > 0 && tally.refused > 0)
        #expect(tally.slowest < .seconds(5))
    }
}
