import Journeys
import Testing

@Suite struct CaptionTests {
    @Test func canonicalCaptions() {
        #expect(
            makeScene(.car, .red, .greenHills, .sunset, .left, .slow, .snow).caption
                == "a red car drives slowly to the left past green hills at sunset in the snow")
        #expect(
            makeScene(.sailboat, .orange, .ocean, .night, .right, .fast).caption
                == "an orange sailboat sails quickly to the right across the ocean at night")
        #expect(
            makeScene(.train, .white, .city, .day, .right, .normal).caption
                == "a white train rolls to the right past a city by day")
        #expect(
            makeScene(.balloon, .blue, .desert, .day, .left, .normal, .snow).caption
                == "a blue balloon floats to the left through the desert by day in the snow")
        #expect(
            makeScene(.bird, .black, .forest, .sunset, .left, .fast).caption
                == "a black bird flies quickly to the left past a forest at sunset")
    }

    @Test func variantsNameTheSubjectInKnownWords() {
        let vocabulary = Set(Scene.captionVocabulary)
        #expect(vocabulary.count < 120)
        #expect(Scene.captionVocabulary == Scene.captionVocabulary.sorted())
        var used = Set<String>()
        var canonical = 0
        let count = 4_000
        for index in 0..<count {
            let scene = Scene.sample(seed: 4, index: index, split: .all)
            let caption = scene.caption(variant: UInt64(index) + 1)
            #expect(caption == scene.caption(variant: UInt64(index) + 1))
            let tokens = caption.replacing(",", with: " ,").split(separator: " ").map(String.init)
            #expect(tokens.contains(scene.subject.rawValue), "\(caption)")
            #expect(vocabulary.isSuperset(of: tokens), "\(caption)")
            #expect(!caption.hasPrefix(" ") && !caption.contains("  ") && !caption.hasSuffix(","))
            used.formUnion(tokens)
            canonical += caption == scene.caption ? 1 : 0
        }
        #expect(used == vocabulary)
        #expect(abs(Double(canonical) / Double(count) - 0.5) < 0.05)
    }

    @Test func variantsDropFactorsButNeverInventThem() {
        let scene = makeScene(.car, .red, .forest, .night, .left, .fast, .snow)
        let captions = (1...400).map { scene.caption(variant: $0) }
        #expect(Set(captions).count > 100)
        for word in ["red", "left", "fast", "forest", "snow"] {
            #expect(captions.contains { !$0.contains(word) })
            #expect(captions.contains { $0.contains(word) })
        }
        for word in ["right", "slowly", "blue", "desert", "sunset"] {
            #expect(!captions.contains { $0.contains(word) })
        }
    }
}
