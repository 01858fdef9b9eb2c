import StreamingT2V
import Testing
import Torch
import VideoModels

/// What the approximate low-delay mode changes.
@Suite struct LowDelayTests {
    private let video: Tensor
    private let grid: ChunkGrid

    init() throws {
        video = try EnhancementSetup.video(72)
        grid = try ChunkGrid(chunkLength: 24, overlap: 8)
    }

    private func enhanced(lowDelaySteps: Int) throws -> Tensor {
        let options = StreamingEnhancer.Options(grid: grid, lowDelaySteps: lowDelaySteps)
        return try EnhancementSetup.enhancer(options, EnhancementSetup.sampler(steps: 30))
            .enhance(video, pushing: 16)
    }

    /// Root mean square of the difference of each frame.
    private func differences(_ first: Tensor, _ second: Tensor) throws -> [Double] {
        try (first - second).squared().mean([0, 1, 3, 4]).squareRoot().values(as: Double.self)
    }

    @Test func moreFrozenStepsChangeMore() throws {
        let exact = try enhanced(lowDelaySteps: 0)
        #expect(try enhanced(lowDelaySteps: 0).bytes() == exact.bytes())
        let size = try exact.squared().mean().squareRoot().item()
        var last = 0.0
        for steps in [1, 5, 15, 30] {
            let changes = try differences(enhanced(lowDelaySteps: steps), exact)
            let worst = try #require(changes.max())
            let saved = 16 * (29 - min(29, 30 - steps))
            EnhancementSetup.report(
                "\(steps) low-delay steps: \(saved) frames earlier, worst frame off by "
                    + "\(worst / size) of the signal")
            #expect(worst > 0)
            #expect(worst > last)
            last = worst
        }
    }

    /// A frozen last step moves the seams alone: frames that no seam can reach keep their bits.
    @Test func oneFrozenStepChangesSharedFramesOnly() throws {
        let changes = try differences(
            enhanced(lowDelaySteps: 1), enhanced(lowDelaySteps: 0))
        for (frame, change) in changes.enumerated() {
            let isShared = frame >= 16 && frame % 16 < 8 && frame < 56
            if !isShared { #expect(change == 0, "frame \(frame)") }
        }
        // The last shared frame is the later chunk's with the release's seams, the earlier one's when frozen.
        for frame in [23, 39, 55] { #expect(changes[frame] > 0, "frame \(frame)") }
    }

    @Test func stepsThatDoNotExistAreRefused() throws {
        for steps in [-1, 31] {
            #expect(throws: ConfigurationError.self) { try enhanced(lowDelaySteps: steps) }
        }
    }
}
