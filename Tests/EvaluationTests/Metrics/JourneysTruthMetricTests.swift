import Journeys
import Testing
import TorchNN
import VideoIO

@testable import Evaluation

/// Windows and what is made of readings; how well the classifier reads is what `study journeys` measures.
@Suite struct JourneysTruthMetricTests {
    private let scene = Scene(
        subject: .car, colour: .red, background: .greenHills, timeOfDay: .day, direction: .left,
        speed: .normal, weather: .clear, layoutSeed: 11)

    private func clip(_ count: Int) throws -> [RGBFrame] {
        let renderer = try SceneRenderer(size: 64)
        return try (0..<count).map { try renderer.draw(scene, frame: 40 + $0) }
    }

    private func metric(_ prompt: String) throws -> (JourneysTruthMetric, FactorClassifier) {
        let classifier = FactorClassifier()
        try classifier.initialize(seed: 3)
        let caption = try #require(SceneCaption(prompt))
        return (JourneysTruthMetric(caption: caption, classifier: classifier), classifier)
    }

    @Test func scrollingIsComparedWindowByWindow() throws {
        let frames = try clip(40)
        let (right, classifier) = try metric(scene.caption)
        let result = try measure(right, frames)
        #expect(result["journeys_scroll_direction"]?.value == 100)
        #expect(result["journeys_speed_error"]?.value.map { $0 < 13 } == true)
        // Two windows of 16 frames, and one of 8.
        let curve = try #require(result.curve("scroll_velocity"))
        #expect(curve.count == 40 && curve.allSatisfy { ($0 ?? 0) < -0.8 })
        let (left, _) = try metric("a red car drives quickly to the right")
        let wrong = try measure(left, frames)
        #expect(wrong["journeys_scroll_direction"]?.value == 0)
        // −1 instead of 2 pixels per frame.
        #expect(wrong["journeys_speed_error"]?.value.map { abs($0 - 150) < 13 } == true)
        // Shares of the classifier's own readings.
        let windows = [frames[0..<16], frames[16..<32], frames[32..<40]]
        let readings = try windows.map { try classifier.read(Array($0)) }
        let hits = readings.filter { $0.subject == .car }.count
        #expect(result["journeys_subject"]?.value == 100 * Double(hits) / 3)
        let days = readings.filter { $0.timeOfDay == .day }.count
        #expect(result["journeys_time"]?.value == 100 * Double(days) / 3)
    }

    @Test func whatThePromptLeavesOpenIsNotMeasured() throws {
        let (open, _) = try metric("a car moves")
        let result = try measure(open, try clip(20))
        for name in ["colour", "background", "time", "direction", "scroll_direction"] {
            #expect(result["journeys_\(name)"]?.reason == "the prompt leaves it open", "\(name)")
        }
        #expect(result["journeys_subject"]?.value != nil)
        #expect(result["journeys_speed_error"]?.value.map { $0 < 13 } == true)
        // The last 4 frames are too few for a window.
        #expect(result.curve("scroll_velocity")?.suffix(4) == [nil, nil, nil, nil])
    }

    @Test func edgesAreDefined() throws {
        for count in [0, 1, 2] {
            let result = try measure(metric(scene.caption).0, try clip(count))
            #expect((result["journeys_subject"]?.value != nil) == (count > 0))
            #expect((result["journeys_scroll_direction"]?.value != nil) == (count > 1))
            #expect((result["journeys_speed_error"]?.value != nil) == (count > 1))
            #expect(result.curve("scroll_velocity")?.count == count)
        }
        let still = Array(repeating: try clip(1)[0], count: 16)
        let result = try measure(metric(scene.caption).0, still)
        #expect(result["journeys_scroll_direction"]?.value == 0)
        #expect(result["journeys_speed_error"]?.value == 100)
    }

    @Test func refusesOtherPromptsAndSizes() {
        var circumstances = context()
        func refusal() -> String {
            do {
                _ = try JourneysTruthMetric.kind.make(circumstances)
                return ""
            } catch { return "\(error)" }
        }
        #expect(refusal().contains("prompt"))
        circumstances.prompt = "a dragon over mountains"
        #expect(refusal().contains("drawn world"))
        circumstances = context(width: 96, height: 64)
        circumstances.prompt = scene.caption
        #expect(refusal().contains("96×64"))
    }
}
