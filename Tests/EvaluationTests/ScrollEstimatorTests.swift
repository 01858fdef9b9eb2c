import Journeys
import Testing
import VideoIO

@testable import Evaluation

struct ScrollEstimatorTests {
    @Test(arguments: Subject.allCases, Speed.allCases)
    func readsTheVelocityOfDrawnClips(subject: Subject, speed: Speed) throws {
        for (direction, weather) in [(Direction.left, Weather.clear), (.right, .snow)] {
            let scene = Scene(
                subject: subject, colour: .red, background: subject.backgrounds[0],
                timeOfDay: .day, direction: direction, speed: speed, weather: weather,
                layoutSeed: 11)
            let renderer = try SceneRenderer(size: 64)
            let frames = try (40..<56).map { try renderer.draw(scene, frame: $0) }
            let velocity = ScrollEstimator.velocity(frames, hasVehicle: subject.isLandVehicle)
            #expect(abs(velocity - direction.sign * speed.pixelsPerFrame) <= 0.25)
        }
    }

    @Test func aFrozenVideoStandsStill() throws {
        let scene = Scene.sample(seed: 1, index: 1, split: .all)
        let frame = try SceneRenderer(size: 64).draw(scene, frame: 3)
        let still = Array(repeating: frame, count: 16)
        #expect(ScrollEstimator.velocity(still, hasVehicle: true) == 0)
        #expect(ScrollEstimator.velocity(still, hasVehicle: false) == 0)
    }
}
