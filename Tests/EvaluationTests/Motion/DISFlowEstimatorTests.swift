import Foundation
import Journeys
import Testing
import VideoIO

@testable import Evaluation

@Suite struct DISFlowEstimatorTests {
    /// A smooth picture of waves, moved to the right by `x` and down by `y` pixels.
    private func waves(x: Double, y: Double, width: Int = 96, height: Int = 64) -> RGBFrame {
        var pixels: [UInt8] = []
        for row in 0..<height {
            for column in 0..<width {
                let (a, b) = (Double(column) - x, Double(row) - y)
                let value = sin(a / 4) + sin(b / 5) + sin((a + b) / 7) + sin((a - 2 * b) / 11)
                let byte = UInt8(127 + 30 * value)
                pixels += [byte, byte, byte]
            }
        }
        return RGBFrame(width: width, height: height, pixels: pixels)
    }

    /// Mean distance of the vectors from `(u, v)`, a border of 8 pixels left out.
    private func error(_ flow: FlowField, from u: Float, _ v: Float) -> Float {
        var total: Float = 0
        var count: Float = 0
        for y in 8..<flow.height - 8 {
            for x in 8..<flow.width - 8 {
                let (du, dv) = (
                    flow.horizontal[y * flow.width + x] - u, flow.vertical[y * flow.width + x] - v
                )
                total += (du * du + dv * dv).squareRoot()
                count += 1
            }
        }
        return total / count
    }

    @Test(arguments: DISFlowEstimator.Preset.allCases, [(3.0, -2.0), (-1.5, 0.5)])
    func findsATranslation(preset: DISFlowEstimator.Preset, motion: (Double, Double)) throws {
        let flow = try DISFlowEstimator(preset: preset).flow(
            from: waves(x: 0, y: 0), to: waves(x: motion.0, y: motion.1))
        #expect((flow.width, flow.height) == (96, 64))
        #expect(error(flow, from: Float(motion.0), Float(motion.1)) < 0.25)
    }

    @Test func nameHasVersionAndPreset() throws {
        let name = DISFlowEstimator(preset: .fast).name
        #expect(try /DIS \(OpenCV \d+\.\d+\.\d+.*, fast\)/.wholeMatch(in: name) != nil)
    }

    @Test func presetsDiffer() throws {
        let pair = (waves(x: 0, y: 0), waves(x: 2.3, y: 1.1))
        let flows = try DISFlowEstimator.Preset.allCases.map {
            try DISFlowEstimator(preset: $0).flow(from: pair.0, to: pair.1)
        }
        #expect(Set(flows).count == 3)
        #expect(try DISFlowEstimator().flow(from: pair.0, to: pair.1) == flows[2])
    }

    @Test func unusableFramesAreErrors() throws {
        let estimator = DISFlowEstimator()
        #expect(
            throws: OpticalFlowError.frameSizeMismatch(expected: [96, 64], actual: [96, 65])
        ) {
            try estimator.flow(from: waves(x: 0, y: 0), to: waves(x: 0, y: 0, height: 65))
        }
        let thin = waves(x: 0, y: 0, height: 15)
        #expect(throws: OpticalFlowError.self) { try estimator.flow(from: thin, to: thin) }
        for size in [(16, 16), (16, 900), (900, 16), (17, 33)] {
            let frame = waves(x: 0, y: 0, width: size.0, height: size.1)
            let flow = try estimator.flow(from: frame, to: frame)
            #expect(flow.horizontal.allSatisfy { abs($0) < 0.5 })
        }
    }

    /// The flow of a drawn pair as it is known.
    private func truth(_ renderer: SceneRenderer, _ scene: Scene, frame: Int) throws -> FlowField {
        let values = try renderer.opticalFlow(of: scene, frame: frame)
        let size = renderer.size
        return FlowField(
            width: size, height: size, horizontal: (0..<size * size).map { values[2 * $0] },
            vertical: (0..<size * size).map { values[2 * $0 + 1] })
    }

    /// Lengths of the differences of two flows, in pixels.
    private func distances(_ one: FlowField, _ other: FlowField) -> [Float] {
        one.horizontal.indices.map { index in
            let u = one.horizontal[index] - other.horizontal[index]
            let v = one.vertical[index] - other.vertical[index]
            return (u * u + v * v).squareRoot()
        }
    }

    /// Flat colours have no motion that could be seen, so the mean is worse than the median.
    @Test func findsTheMotionOfDrawnClips() throws {
        let size = 256
        let renderer = try SceneRenderer(size: size)
        let still = FlowField.constant(0, 0, width: size, height: size)
        var errors: [Float] = []
        var lengths: [Float] = []
        for index in 0..<4 {
            let scene = Scene.sample(seed: 5, index: index, split: .training)
            let first = try renderer.draw(scene, frame: 8)
            let second = try renderer.draw(scene, frame: 9)
            let known = try truth(renderer, scene, frame: 8)
            let found = try DISFlowEstimator().flow(from: first, to: second)
            errors += distances(found, known)
            lengths += distances(still, known)
            let splat = { ForwardSplat(first, along: $0).meanSquaredError(against: second).error }
            #expect(splat(found) < 0.5 * splat(still))
        }
        // Measured: median 0.06 and mean 0.43 pixels of a mean motion of 0.84.
        #expect(errors.sorted()[errors.count / 2] < 0.1)
        #expect(errors.reduce(0, +) < 0.6 * lengths.reduce(0, +))
    }
}
