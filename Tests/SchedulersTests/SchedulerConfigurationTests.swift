import Foundation
import Schedulers
import Testing

@Suite struct SchedulerConfigurationTests {
    private func decode(_ json: String) throws -> SchedulerConfiguration {
        try JSONDecoder().decode(SchedulerConfiguration.self, from: Data(json.utf8))
    }

    @Test func emptyFileMeansThePublishedSettings() throws {
        #expect(try decode("{}") == SchedulerConfiguration())
    }

    @Test func settingsSurviveARoundTrip() throws {
        var configuration = SchedulerConfiguration()
        configuration.trainSteps = 500
        configuration.betaStart = 0.0001
        configuration.betaEnd = 0.02
        configuration.betaSchedule = .linear
        configuration.setAlphaToOne = true
        configuration.stepsOffset = 0
        configuration.timestepSpacing = .trailing
        configuration.clipSample = true
        configuration.predictionType = .velocity
        configuration.hasZeroTerminalSNR = true
        let json = try JSONEncoder().encode(configuration)
        #expect(try JSONDecoder().decode(SchedulerConfiguration.self, from: json) == configuration)
    }

    @Test(arguments: [
        #"{"prediction_type": "sample"}"#,
        #"{"rescale_betas_zero_snr": true}"#,
        #"{"beta_schedule": "sigmoid"}"#,
        #"{"timestep_spacing": "even"}"#,
        #"{"num_train_timesteps": "many"}"#,
        #"{"num_train_timesteps": 0}"#,
        #"{"num_train_timesteps": -5}"#,
        #"{"num_train_timesteps": 4000000000}"#,
        #"{"beta_start": 0}"#,
        #"{"beta_start": -0.1}"#,
        #"{"beta_end": 1}"#,
        #"{"beta_start": 0.02, "beta_end": 0.01}"#,
        #"{"steps_offset": -1}"#,
        #"{"steps_offset": 1000}"#,
        #"{"clip_sample": 3}"#,
    ])
    func unusableSettingsDoNotDecode(json: String) {
        #expect(throws: DecodingError.self) { try decode(json) }
    }
}
