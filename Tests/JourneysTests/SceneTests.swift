import Foundation
import Journeys
import Testing

@Suite struct SceneTests {
    @Test func splitsKeepHeldOutPairsApart() {
        var trained = Set<String>()
        for index in 0..<20_000 {
            let scene = Scene.sample(seed: 3, index: index, split: .training)
            #expect(!scene.isHeldOut && scene.isPossible)
            trained.insert("\(scene.subject) \(scene.colour)")
            trained.insert("\(scene.subject) \(scene.background)")
        }
        for pair in Scene.heldOutColours {
            #expect(!trained.contains("\(pair.subject) \(pair.colour)"))
        }
        for pair in Scene.heldOutBackgrounds {
            #expect(!trained.contains("\(pair.subject) \(pair.background)"))
        }
        // 48 − 6 pairs with a colour; 6 × 5 + 1 − 4 pairs with a background.
        #expect(trained.count == 42 + 27)
        for index in 0..<5_000 {
            #expect(Scene.sample(seed: 3, index: index, split: .heldOut).isHeldOut)
        }
    }

    @Test func everyFactorIsSampled() {
        var values: [String: Int] = [:]
        for index in 0..<6_000 {
            let scene = Scene.sample(seed: 1, index: index, split: .all)
            for value in [
                "\(scene.subject)", "\(scene.colour)", "\(scene.background)", "\(scene.timeOfDay)",
                "\(scene.direction)", "\(scene.speed)", "\(scene.weather)",
            ] { values[value, default: 0] += 1 }
        }
        for subject in Subject.allCases {
            #expect(abs((values["\(subject)"] ?? 0) - 1_000) < 120)
        }
        for time in TimeOfDay.allCases { #expect(abs((values["\(time)"] ?? 0) - 2_000) < 150) }
        #expect(abs((values["snow"] ?? 0) - 1_200) < 120)
        #expect(values.count == 6 + 8 + 6 + 3 + 2 + 3 + 2)
    }

    @Test func samplesAreAddressed() {
        let scene = Scene.sample(seed: 9, index: 123_456, split: .training)
        #expect(scene == Scene.sample(seed: 9, index: 123_456, split: .training))
        #expect(scene != Scene.sample(seed: 9, index: 123_457, split: .training))
        #expect(
            scene.layoutSeed != Scene.sample(seed: 10, index: 123_456, split: .training).layoutSeed)
    }

    @Test func scenesSurviveJSON() throws {
        let scene = Scene.sample(seed: 2, index: 5, split: .all)
        let data = try JSONEncoder().encode(scene)
        #expect(try JSONDecoder().decode(Scene.self, from: data) == scene)
    }

    @Test(arguments: Speed.allCases) func cameraOffsetFollowsSpeedAndDirection(speed: Speed) {
        let expectations: [Speed: Double] = [.slow: 0.5, .normal: 1, .fast: 2]
        let expected = expectations[speed] ?? 0
        let right = makeScene(.car, .red, .city, .day, .right, speed)
        let left = makeScene(.car, .red, .city, .day, .left, speed)
        #expect(right.groundTruth(frame: 10, size: 64).cameraOffset == expected * 10)
        #expect(left.groundTruth(frame: 10, size: 64).cameraOffset == expected * -10)
        #expect(left.groundTruth(frame: 10, size: 128).cameraOffset == expected * -20)
        #expect(
            right.groundTruth(frame: 3_000_000, size: 64).cameraOffset == expected * 3_000_000)
    }
}
