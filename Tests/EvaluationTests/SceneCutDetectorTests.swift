import Testing
import VideoIO

@testable import Evaluation

@Suite struct SceneCutDetectorTests {
    /// A smooth picture that moves to the left by `shift` pixels.
    private func picture(
        shift: Int, tint: (Int, Int, Int), width: Int = 64, height: Int = 32
    ) -> RGBFrame {
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                let wave = abs((x + shift) % 64 - 32) * 2 + y  // 0 to 95, a triangle along x
                for base in [tint.0, tint.1, tint.2] { pixels.append(UInt8(base + wave)) }
            }
        }
        return RGBFrame(width: width, height: height, pixels: pixels)
    }

    private func cuts(
        in frames: [RGBFrame], _ detector: SceneCutDetector = SceneCutDetector()
    ) -> [Int] {
        var detector = detector
        for frame in frames { detector.append(frame) }
        return detector.finish().cuts
    }

    private func twoScenes(cut: Int, count: Int, width: Int = 64, height: Int = 32) -> [RGBFrame] {
        (0..<count).map { index in
            picture(
                shift: index, tint: index < cut ? (150, 20, 20) : (10, 30, 140), width: width,
                height: height)
        }
    }

    @Test(arguments: SceneCutDetector.Version.allCases)
    func cutIsTheFirstFrameOfTheNewScene(version: SceneCutDetector.Version) {
        let frames = twoScenes(cut: 20, count: 40)
        #expect(cuts(in: frames, SceneCutDetector(version: version)) == [20])
    }

    @Test func panHasNoCut() {
        let frames = (0..<60).map { picture(shift: 3 * $0, tint: (100, 40, 90)) }
        #expect(cuts(in: frames) == [])
    }

    @Test func scoresOfPlainColoursFollowFromTheirHSV() {
        let red = RGBFrame(
            width: 2, height: 2, pixels: [255, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0])
        let half = RGBFrame(
            width: 2, height: 2, pixels: [255, 0, 0, 255, 0, 0, 0, 0, 128, 0, 0, 128])
        var detector = SceneCutDetector()
        detector.append(red)
        detector.append(half)
        let report = detector.finish()
        #expect(report.hueDeltas == [nil, 60])  // 0 → 120 in half of the pixels
        #expect(report.saturationDeltas == [nil, 0])
        #expect(report.valueDeltas == [nil, 63.5])
        #expect(report.contentValues == [0, 123.5 / 3])
        #expect(report.adaptiveRatios == [nil, nil])
        #expect(report.frameCount == 2)
    }

    @Test func edgesOfTheVideoAreNeverCuts() {
        for cut in [1, 28, 29] { #expect(cuts(in: twoScenes(cut: cut, count: 30)) == []) }
        #expect(cuts(in: twoScenes(cut: 27, count: 30)) == [27])
    }

    @Test func versionsDifferInTheShortestFirstScene() {
        let find = { (cut: Int, version: SceneCutDetector.Version) in
            cuts(in: twoScenes(cut: cut, count: 40), SceneCutDetector(version: version))
        }
        #expect(find(5, .v0_6_2) == [5])
        #expect(find(12, .v0_6_3) == [])
        #expect(find(13, .v0_6_3) == [13])
        #expect(find(14, .v0_7_2) == [])
        #expect(find(15, .v0_7_2) == [15])
    }

    @Test func parametersChangeTheResult() {
        let frames = twoScenes(cut: 20, count: 40)
        #expect(cuts(in: frames, SceneCutDetector(adaptiveThreshold: 256)) == [])
        #expect(cuts(in: frames, SceneCutDetector(minimumContentValue: 200)) == [])
        #expect(cuts(in: frames, SceneCutDetector(minimumSceneLength: 30)) == [])
        #expect(cuts(in: twoScenes(cut: 20, count: 22), SceneCutDetector(windowWidth: 1)) == [20])
        #expect(cuts(in: twoScenes(cut: 20, count: 22)) == [])
    }

    @Test func detectorBeginsAnewAfterFinish() {
        var detector = SceneCutDetector()
        for frame in twoScenes(cut: 20, count: 40) { detector.append(frame) }
        let first = detector.finish()
        #expect(detector.finish() == SceneCutReport())
        for frame in twoScenes(cut: 20, count: 40) { detector.append(frame) }
        #expect(detector.finish() == first)
    }

    @Test func largeFramesAreShrunkByVersion() {
        let frame = picture(shift: 0, tint: (0, 0, 0), width: 720, height: 90)
        let old = BilinearDownscale.shrink(frame, for: .v0_6_3)
        #expect((old.width, old.height) == (360, 45))
        let new = BilinearDownscale.shrink(frame, for: .v0_7_2)
        #expect((new.width, new.height) == (256, 32))
        let small = picture(shift: 0, tint: (0, 0, 0), width: 300, height: 90)
        #expect(BilinearDownscale.shrink(small, for: .v0_6_3) == small)
        #expect(cuts(in: twoScenes(cut: 20, count: 24, width: 520, height: 40)) == [20])
    }

    @Test func halfSizeIsTheRoundedMeanOfFour() {
        let grey = { (value: UInt8) in [value, value, value] }
        let frame = RGBFrame(
            width: 2, height: 2, pixels: [0, 0, 1, 3].flatMap { grey($0) })
        #expect(BilinearDownscale.resize(frame, width: 1, height: 1).pixels == [1, 1, 1])
    }
}
