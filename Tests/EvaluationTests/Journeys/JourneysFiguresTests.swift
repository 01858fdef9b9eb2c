import Foundation
import Testing

@testable import Evaluation

@Suite struct JourneysFiguresTests {
    @Test func accuracyIsTheShareOfHits() {
        var accuracy = FactorAccuracy()
        accuracy.add([true, false, true, false, true])
        #expect(accuracy.subject == 1 && accuracy.colour == 0 && accuracy.videos == 1)
        accuracy.add([true, true, false, false, true])
        accuracy.add([true, false, false, false, false])
        accuracy.add([true, false, false, true, false])
        #expect(accuracy.videos == 4)
        let shares = [
            accuracy.subject, accuracy.colour, accuracy.background, accuracy.time,
            accuracy.direction,
        ]
        for (share, expected) in zip(shares, [1, 0.25, 0.25, 0.25, 0.5]) {
            #expect(abs(share - expected) < 1e-12)
        }
    }

    @Test func motionIsAMean() {
        var motion = MotionFigures()
        motion.add(rightDirection: true, speedError: 0.2, stillMoving: 1, stillScrolling: 0.5)
        motion.add(rightDirection: false, speedError: 0.5, stillMoving: 0.4, stillScrolling: 1)
        motion.add(rightDirection: true, speedError: 0.2, stillMoving: 0.1, stillScrolling: 3)
        #expect(motion.videos == 3)
        #expect(abs(motion.rightDirection - 2.0 / 3) < 1e-12)
        #expect(abs(motion.speedError - 0.3) < 1e-12)
        #expect(abs(motion.stillMoving - 0.5) < 1e-12)
        #expect(abs(motion.stillScrolling - 1.5) < 1e-12)
    }

    /// A report that is written can be read again.
    @Test func reportsSurviveJSON() throws {
        var figures = LengthFigures(frames: 240)
        figures.first.add([true, true, false, true, false])
        figures.motion.add(
            rightDirection: true, speedError: 0.25, stillMoving: 0.75, stillScrolling: 1)
        figures.cutsPer240 = 0.5
        let report = JourneysReport(
            model: "journeys", weights: ["unet/x": "ab"], seed: .max, autoencoderPSNR: 31.5,
            autoencoderMotion: figures.motion,
            classifier: figures.first, scrollSpeedError: 0.125, steps: 8, lengths: [figures])
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let data = try encoder.encode(report)
        let object = try #require(
            try JSONSerialization.jsonObject(with: data) as? [String: Any])
        #expect(object["scroll_speed_error"] as? Double == 0.125)
        let lengths = try decoder.decode([LengthFigures].self, from: encoder.encode(report.lengths))
        #expect(lengths == [figures])
        #expect(object["seed"] as? UInt64 == .max)
    }

    /// Every fourth prompt has a pair of factors that training never showed.
    @Test func everyFourthPromptIsHeldOut() {
        let scenes = (0..<32).map { JourneysStudy.scene(seed: 9, index: $0) }
        #expect(
            scenes.indices.filter { scenes[$0].isHeldOut }
                == stride(from: 3, to: 32, by: 4).map(\.self))
        #expect(Set(scenes.map(\.caption)).count > 24)
        #expect(JourneysStudy.scene(seed: 9, index: 5) == scenes[5])
        #expect(JourneysStudy.scene(seed: 10, index: 5) != scenes[5])
    }
}
