import Journeys
import Testing
import VideoIO

@Suite struct SceneRendererTests {
    @Test func framesArePure() throws {
        let renderer = try SceneRenderer(size: 64)
        for index in 0..<12 {
            let scene = Scene.sample(seed: 8, index: index, split: .all)
            let alone = try renderer.draw(scene, frame: 100_000)
            for frame in 99_990..<100_000 { _ = try renderer.draw(scene, frame: frame) }
            #expect(try renderer.draw(scene, frame: 100_000) == alone)
            #expect(try SceneRenderer(size: 64).draw(scene, frame: 100_000) == alone)
            #expect(try renderer.draw(scene, frame: 99_990) != alone)
        }
    }

    @Test func refusesWhatCannotBeDrawn() throws {
        #expect(throws: JourneysError.invalidSize(8)) { try SceneRenderer(size: 8) }
        let renderer = try SceneRenderer(size: 64)
        #expect(throws: JourneysError.invalidFrame(-1)) {
            try renderer.draw(makeScene(), frame: -1)
        }
        #expect(throws: JourneysError.impossibleScene(subject: .sailboat, background: .desert)) {
            try renderer.draw(makeScene(.sailboat, .red, .desert), frame: 0)
        }
    }

    /// Most pixels of the subject are nearest to the colour that the caption names.
    @Test(arguments: Subject.allCases) func colourIsReadable(subject: Subject) throws {
        let renderer = try SceneRenderer(size: 64)
        for colour in SubjectColour.allCases {
            for time in TimeOfDay.allCases {
                for background in subject.backgrounds {
                    let scene = makeScene(subject, colour, background, time)
                    let frame = try renderer.draw(scene, frame: 5)
                    let mask = try renderer.subjectMask(of: scene, frame: 5)
                    var votes: [SubjectColour: Int] = [:]
                    for (index, isSubject) in mask.enumerated() where isSubject {
                        let rgb = frame.rgb(index % 64, index / 64)
                        let nearest = SubjectColour.allCases.min {
                            distance($0.rgb, rgb) < distance($1.rgb, rgb)
                        }
                        if let nearest { votes[nearest, default: 0] += 1 }
                    }
                    let winner = votes.max { $0.value < $1.value }?.key
                    #expect(winner == colour, "\(scene.caption): \(votes)")
                }
            }
        }
    }

    private func distance(_ a: SIMD3<Double>, _ b: SIMD3<Double>) -> Double {
        ((a - b) * (a - b)).sum()
    }

    @Test(arguments: Subject.allCases) func boxHoldsTheSubjectTightly(subject: Subject) throws {
        for direction in Direction.allCases {
            for seed in [1, 2, 3] as [UInt64] {
                let scene = makeScene(
                    subject, .red, .ocean, .day, direction, .normal, .clear, seed: seed)
                var union = (x: 1_000, y: 1_000, right: 0, bottom: 0)
                let renderer = try SceneRenderer(size: 128)
                for frame in 0..<8 {
                    let mask = try renderer.subjectMask(of: scene, frame: frame)
                    let box = scene.groundTruth(frame: frame, size: 128).subjectBox
                    for (index, isSubject) in mask.enumerated() where isSubject {
                        let (x, y) = (index % 128, index / 128)
                        #expect(Double(x) + 1 > box.x && Double(x) < box.x + box.width)
                        #expect(Double(y) + 1 > box.y && Double(y) < box.y + box.height)
                        union = (
                            min(union.x, x), min(union.y, y), max(union.right, x + 1),
                            max(union.bottom, y + 1)
                        )
                    }
                }
                let box = scene.groundTruth(frame: 4, size: 128).subjectBox
                // Not much wider than what is seen, apart from the sunken part of a hull.
                #expect(box.width < Double(union.right - union.x) + 8)
                #expect(box.height < Double(union.bottom - union.y) + 14)
            }
        }
    }

    @Test func sizesShowTheSamePicture() throws {
        for index in 0..<30 {
            let scene = Scene.sample(seed: 6, index: index, split: .all)
            let small = try SceneRenderer(size: 64).draw(scene, frame: index * 11)
            let large = try SceneRenderer(size: 128).draw(scene, frame: index * 11)
            #expect(large.halved().difference(to: small) < 1.5, "\(scene.caption)")
        }
    }

    @Test func nightIsDarkerAndSnowIsPaler() throws {
        let renderer = try SceneRenderer(size: 64)
        let mean = { (frame: RGBFrame) in
            Double(frame.pixels.reduce(0) { $0 + Int($1) }) / Double(frame.pixels.count)
        }
        for background in Background.allCases {
            let day = try mean(renderer.draw(makeScene(.bird, .red, background, .day), frame: 0))
            let night = try mean(
                renderer.draw(makeScene(.bird, .red, background, .night), frame: 0))
            #expect(night < day * 0.55)
        }
        let clear = try mean(renderer.draw(makeScene(.bird, .red, .forest), frame: 0))
        let snow = try mean(
            renderer.draw(makeScene(.bird, .red, .forest, .day, .right, .normal, .snow), frame: 0))
        #expect(snow > clear + 10)
    }
}
