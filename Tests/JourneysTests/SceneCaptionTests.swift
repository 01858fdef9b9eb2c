import Testing

@testable import Journeys

@Suite struct SceneCaptionTests {
    @Test func readsEveryCanonicalCaption() throws {
        for index in 0..<300 {
            let scene = Scene.sample(seed: 3, index: index, split: .all)
            let caption = try #require(SceneCaption(scene.caption), "\(scene.caption)")
            #expect(caption.subject == scene.subject && caption.colour == scene.colour)
            #expect(caption.background == scene.background)
            #expect(caption.timeOfDay == scene.timeOfDay && caption.direction == scene.direction)
            #expect(caption.speed == scene.speed && caption.weather == scene.weather)
        }
    }

    /// What a free wording leaves out is open, what it says is right.
    @Test func readsFreeWordings() throws {
        var open = 0
        for index in 0..<400 {
            let scene = Scene.sample(seed: 4, index: index, split: .all)
            let text = scene.caption(variant: UInt64(index + 1))
            let caption = try #require(SceneCaption(text), "\(text)")
            #expect(caption.subject == scene.subject, "\(text)")
            #expect(caption.colour == nil || caption.colour == scene.colour, "\(text)")
            #expect(caption.background == nil || caption.background == scene.background, "\(text)")
            #expect(caption.timeOfDay == nil || caption.timeOfDay == scene.timeOfDay, "\(text)")
            #expect(caption.direction == nil || caption.direction == scene.direction, "\(text)")
            #expect(caption.speed == .normal || caption.speed == scene.speed, "\(text)")
            if caption.timeOfDay == nil { open += 1 }
        }
        #expect(open > 10 && open < 200)
    }

    @Test func capitalsAndPointsDoNotMatter() throws {
        let caption = try #require(SceneCaption("At dusk, a Red CAR drives left."))
        #expect(caption.subject == .car && caption.colour == .red && caption.timeOfDay == .sunset)
        #expect(caption.direction == .left && caption.background == nil)
    }

    @Test(arguments: [
        "", "a red dragon flies past mountains", "a red and blue car", "past green hills",
        "a car and a bus", "a red car drives to the left to the right", "two cars",
        "a red car a blue car",
    ])
    func otherTextsAreRefused(text: String) {
        #expect(SceneCaption(text) == nil)
    }
}
