import Journeys
import Testing
import VideoIO

@Suite struct MotionTests {
    /// Between two frames the nearest layer moves by the change of the camera's offset, to the
    /// other side.
    @Test(arguments: Background.allCases, Direction.allCases)
    func backgroundMovesByTheCameraOffset(background: Background, direction: Direction) throws {
        let renderer = try SceneRenderer(size: 64)
        for speed in Speed.allCases {
            for seed in [5, 6] as [UInt64] {
                let scene = makeScene(
                    .bird, .red, background, .day, direction, speed, .clear, seed: seed)
                let step = 2  // fewer pixels than half a dash of the road
                for start in [0, 1_000_000] {
                    let before = try renderer.draw(scene, frame: start)
                    let after = try renderer.draw(scene, frame: start + step)
                    let best = (-6...6).min {
                        rowsDifference(before, after, shift: $0)
                            < rowsDifference(before, after, shift: $1)
                    }
                    let camera =
                        scene.groundTruth(frame: start + step, size: 64).cameraOffset
                        - scene.groundTruth(frame: start, size: 64).cameraOffset
                    #expect(best == Int(-camera), "\(scene.caption)")
                    #expect((direction == .left) == (best ?? 0 > 0))
                }
            }
        }
    }

    /// Mean difference of the lowest rows when `after` is `before` moved by `shift` to the right.
    private func rowsDifference(_ before: RGBFrame, _ after: RGBFrame, shift: Int) -> Double {
        var sum = 0.0
        for y in 52..<64 {
            for x in 12..<52 {
                let d = after.rgb(x, y) - before.rgb(x - shift, y)
                sum += (d * d).sum()
            }
        }
        return sum
    }

    @Test func flowExplainsTheNextFrame() throws {
        let renderer = try SceneRenderer(size: 64)
        var still = 0.0
        var warped = 0.0
        for index in 0..<24 {
            let scene = Scene.sample(seed: 12, index: index, split: .all)
            guard scene.speed == .fast else { continue }
            let now = try renderer.draw(scene, frame: 40)
            let next = try renderer.draw(scene, frame: 41)
            let flow = try renderer.opticalFlow(of: scene, frame: 40)
            #expect(flow.count == 64 * 64 * 2)
            for y in 2..<62 {
                for x in 4..<60 {
                    let (dx, dy) = (flow[(y * 64 + x) * 2], flow[(y * 64 + x) * 2 + 1])
                    let (tx, ty) = (x + Int(dx.rounded()), y + Int(dy.rounded()))
                    let d = next.rgb(tx, ty) - now.rgb(x, y)
                    let e = next.rgb(x, y) - now.rgb(x, y)
                    warped += (d * d).sum()
                    still += (e * e).sum()
                }
            }
        }
        #expect(still > 0)
        #expect(warped < still * 0.6, "warped \(warped), still \(still)")
    }

    /// In 8 frames every layer moves by whole pixels, so its outline must be found again: nothing
    /// pops in or out where tiles begin and end.
    @Test(arguments: Background.allCases) func nothingPopsAtTheEnds(background: Background) throws {
        let renderer = try SceneRenderer(size: 64)
        let step = 8
        for direction in Direction.allCases {
            let scene = makeScene(.bird, .red, background, .day, direction, .fast, .clear, seed: 21)
            var compared = 0
            for frame in stride(from: 0, to: 600, by: 15) {
                let now = try depths(renderer, scene, frame)
                let later = try depths(renderer, scene, frame + step)
                let sign = direction == .left ? 1 : -1
                var lost = 0
                for y in 0..<64 {
                    // Not the outermost columns: without smoothing, Cairo's clipping of a slope at
                    // the picture's border may shift its outline there by one pixel.
                    for x in 1..<63 {
                        // Nearer layers move faster and may cover; farther ones may not show.
                        for (from, to, way) in [(now, later, sign), (later, now, -sign)] {
                            let depth = from[y * 64 + x]
                            let target = x + way * Int(depth * Float(step))
                            guard depth > 0, depth < 9, (0..<64).contains(target) else { continue }
                            compared += 1
                            lost += to[y * 64 + target] < depth ? 1 : 0
                        }
                    }
                }
                #expect(lost <= 1, "\(scene.caption), frame \(frame)")
            }
            #expect(compared > 50_000)
        }
    }

    /// How fast the layer at each pixel moves, in pixels per frame; 9 for the subject.
    private func depths(
        _ renderer: SceneRenderer, _ scene: Scene, _ frame: Int
    ) throws -> [Float] {
        let flow = try renderer.opticalFlow(of: scene, frame: frame)
        let mask = try renderer.subjectMask(of: scene, frame: frame)
        return mask.enumerated().map { $0.element ? 9 : abs(flow[$0.offset * 2]) }
    }

    @Test func flowOfGroundAndSky() throws {
        let scene = makeScene(.car, .red, .greenHills, .day, .left, .fast)
        let flow = try SceneRenderer(size: 128).opticalFlow(of: scene, frame: 3)
        // Bottom left is ground: 2 px at 64 are 4 px at 128, to the right as the car heads left.
        #expect(flow[(126 * 128 + 1) * 2] == 4)
        #expect(flow[(126 * 128 + 1) * 2 + 1] == 0)
        #expect(flow[0] == 0)  // sky
        #expect(Set(stride(from: 0, to: flow.count, by: 2).map { flow[$0] }).count >= 5)
    }

    @Test func subjectsFaceTheirDirection() throws {
        let renderer = try SceneRenderer(size: 64)
        for subject in Subject.allCases {
            let right = makeScene(subject, .red, .ocean, .day, .right)
            let left = makeScene(subject, .red, .ocean, .day, .left)
            let box = right.groundTruth(frame: 0, size: 64).subjectBox
            let other = left.groundTruth(frame: 0, size: 64).subjectBox
            #expect(abs(box.width - other.width) < 1e-9)
            let mask = try renderer.subjectMask(of: right, frame: 0)
            let mirrored = try renderer.subjectMask(of: left, frame: 0)
            // The drawing turns around: each extends as far ahead as the other.
            let centre = { (mask: [Bool], box: FrameTruth.Box) in
                let columns = mask.enumerated().filter(\.element).map { Double($0.offset % 64) }
                return columns.reduce(0, +) / Double(columns.count) + 0.5 - box.x - box.width / 2
            }
            #expect(abs(centre(mask, box) + centre(mirrored, other)) < 0.6, "\(subject)")
            #expect(mask != mirrored)
        }
    }
}
