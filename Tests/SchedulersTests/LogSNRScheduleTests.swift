import Foundation
import Schedulers
import Testing
import Torch

@Suite struct LogSNRScheduleTests {
    /// The formula in float64, written out.
    @Test func scheduleFollowsTheDefinition() throws {
        let schedule = try LogSNRSchedule()
        let (low, high) = (atan(exp(7.5)), atan(exp(-7.5)))
        func sigma(_ index: Int) -> Double {
            let u = 1 - Double(index) / 999
            let base = -2 * log(tan(low + u * (high - low)))
            return (1 / (1 + exp(base - 2 * (u * log(2.0) + (1 - u) * log(4.0))))).squareRoot()
        }
        let (first, last) = (sigma(0), sigma(999))
        for index in 0..<1000 {
            let expected = first + (sigma(index) - first) * (1 - first) / (last - first)
            #expect(abs(Double(schedule.sigmas[index]) - expected) < 5e-7)
        }
        #expect(schedule.sigmas[999] == 1 && schedule.alphas[999] == 0)
        #expect(schedule.noiseRatios[999] == .infinity)
        #expect(abs(schedule.noiseRatios[599] - 4.164773) < 1e-5)
    }

    @Test func settingsDecodeUnderTheirPublishedNames() throws {
        let json = """
            {"n": 100, "scale_min": 1, "scale_max": 3, "zero_terminal_snr": false,
             "logsnr_min": -10, "logsnr_max": 12}
            """
        let configuration = try JSONDecoder().decode(
            LogSNRSchedule.Configuration.self, from: Data(json.utf8))
        let schedule = try LogSNRSchedule(configuration)
        #expect(schedule.sigmas.count == 100)
        // At the noisiest end the shift is that of scale 1... 3 by the share of cleanness.
        let noisiest = 1 / (1 + exp(-10 - 2 * log(3.0)))
        #expect(abs(Double(schedule.sigmas[99]) - noisiest.squareRoot()) < 1e-4)
        #expect(schedule.sigmas[99] < 1)
    }

    @Test func timeAndNoiseRatioAreInverse() throws {
        let schedule = try LogSNRSchedule()
        for time in [0, 0.25, 1, 17.5, 300.125, 599, 998] {
            let back = schedule.time(ofNoiseRatio: schedule.noiseRatio(at: time))
            #expect(abs(back - time) < 1e-6)
        }
        #expect(schedule.noiseRatio(at: 999) == .infinity)
        #expect(schedule.noiseRatio(at: 998.5) == .infinity)
        #expect(schedule.noiseRatio(at: -3) == Double(schedule.noiseRatios[0]))
        #expect(schedule.noiseRatio(at: 2000) == .infinity)
        #expect(schedule.time(ofNoiseRatio: .infinity) == 999)
        #expect(schedule.time(ofNoiseRatio: 0) == 0)
        #expect(schedule.timestep(ofNoiseRatio: 1e9) == 998)
    }

    /// Clean sample and noise are found again whatever the network predicts of them.
    @Test(arguments: LogSNRSchedule.PredictionType.allCases)
    func predictionsStandForTheCleanSample(type: LogSNRSchedule.PredictionType) throws {
        let schedule = try LogSNRSchedule()
        let clean = try RandomGenerator(seed: 1).normal([1, 2, 3, 4, 5], .data)
        let noise = try RandomGenerator(seed: 2).normal([1, 2, 3, 4, 5], .data)
        for timestep in [10, 300, 599] {
            let (alpha, sigma) = (
                Double(schedule.alphas[timestep]), Double(schedule.sigmas[timestep])
            )
            let sample = try schedule.diffuse(clean, noise: noise, at: timestep)
            let prediction =
                switch type {
                case .velocity: try noise * alpha - clean * sigma
                case .noise: noise
                case .clean: clean
                }
            let found = try schedule.clean(sample, prediction: prediction, at: timestep, as: type)
            #expect(try (found - clean).absolute().maximum().item() < 1e-5)
            let posterior = try schedule.posterior(sample, clean: found, at: timestep)
            #expect(try (posterior.noise - noise).absolute().maximum().item() < 1e-3)
        }
    }

    @Test func limitsCutLargeValues() throws {
        let schedule = try LogSNRSchedule()
        let values = try Tensor([-4, -1, 0, 1, 2, 3] as [Float], shape: [6])
        func limited(_ limit: LogSNRSchedule.SampleLimit) throws -> [Float] {
            try schedule.clean(values, prediction: values, at: 0, as: .clean, limit: limit).values()
        }
        #expect(try limited(.unlimited) == [-4, -1, 0, 1, 2, 3])
        #expect(try limited(.range(1.5)) == [-1.5, -1, 0, 1, 1.5, 1.5])
        // Of 0, 1, 1, 2, 3, 4 the share 0.6 lies below 2; everything is divided by it.
        #expect(try limited(.percentile(0.6)) == [-1, -0.5, 0, 0.5, 1, 1])
        // A limit below one does not stretch the sample.
        #expect(try limited(.percentile(0)) == [-1, -1, 0, 1, 1, 1])
    }

    /// With the true clean sample, the posterior's mean is what lies between it and the sample on average.
    @Test func posteriorKeepsMeanAndVariance() throws {
        let schedule = try LogSNRSchedule()
        let timestep = 400
        let clean = try Tensor.full([200_000], value: 0.7)
        let noise = try RandomGenerator(seed: 8).normal([200_000], .data)
        let sample = try schedule.diffuse(clean, noise: noise, at: timestep)
        let posterior = try schedule.posterior(sample, clean: clean, at: timestep)
        let before = timestep - 1
        let mean = try posterior.mean.mean().item()
        #expect(abs(mean - 0.7 * Double(schedule.alphas[before])) < 0.01)
        let spread = try posterior.mean.standardDeviation().item()
        let total = spread * spread + posterior.variance
        let sigma = Double(schedule.sigmas[before])
        #expect(abs(total - sigma * sigma) < 0.01)
        #expect(abs(posterior.logVariance - log(posterior.variance)) < 1e-9)
        let last = try schedule.posterior(sample, clean: clean, at: 0)
        #expect(last.variance == 0 && last.logVariance == -20)
    }
}
