import Schedulers
import StreamingT2V
import Testing
import Torch

/// The streaming order gives the same bits as the order of the release.
@Suite struct StreamingOrderTests {
    struct Shape: CustomTestStringConvertible {
        let chunk: Int
        let overlap: Int
        let frames: Int

        var testDescription: String { "chunk \(chunk), overlap \(overlap), \(frames) frames" }
    }

    /// The release's pairs; no overlap; an overlap of exactly, and far above, half a chunk; one chunk; single frames;
    /// lengths that chunks do and do not cover, down to one frame.
    static let shapes = [
        Shape(chunk: 24, overlap: 8, frames: 72), Shape(chunk: 24, overlap: 8, frames: 77),
        Shape(chunk: 8, overlap: 3, frames: 41), Shape(chunk: 6, overlap: 0, frames: 31),
        Shape(chunk: 6, overlap: 3, frames: 30), Shape(chunk: 8, overlap: 6, frames: 27),
        Shape(chunk: 5, overlap: 4, frames: 19), Shape(chunk: 7, overlap: 5, frames: 30),
        Shape(chunk: 9, overlap: 2, frames: 9), Shape(chunk: 9, overlap: 2, frames: 10),
        Shape(chunk: 9, overlap: 4, frames: 5), Shape(chunk: 4, overlap: 1, frames: 1),
        Shape(chunk: 1, overlap: 0, frames: 6),
    ]

    private static let seams: [BlendingPolicy.Seam] = [
        .randomizedCode, .randomizedPaper, .independent, .fixed(0),
    ]

    @Test(arguments: shapes, BlendingPolicy.Quantity.allCases)
    func streamingOrderIsExact(shape: Shape, quantity: BlendingPolicy.Quantity) throws {
        let video = try EnhancementSetup.video(shape.frames)
        let sampler = try EnhancementSetup.sampler(steps: 7)
        let grid = try ChunkGrid(chunkLength: shape.chunk, overlap: shape.overlap)
        for seam in Self.seams + [.fixed(shape.overlap)] {
            let options = StreamingEnhancer.Options(
                grid: grid, blending: BlendingPolicy(seam: seam, quantity: quantity))
            let expected = try EnhancementSetup.reference(options, sampler).enhance(video)
            #expect(expected.shape == video.shape)
            #expect(try expected.isFinite())
            for count in [1, 5, shape.frames] {
                let made = try EnhancementSetup.enhancer(options, sampler)
                    .enhance(video, pushing: count)
                #expect(made.shape == expected.shape)
                #expect(
                    try made.bytes() == expected.bytes(), "\(seam), \(count) frames at a time")
            }
        }
    }

    @Test(arguments: shapes, [1, 3, 7])
    func lowDelayIsExactlyTheFrozenSeam(shape: Shape, steps: Int) throws {
        let video = try EnhancementSetup.video(shape.frames)
        let sampler = try EnhancementSetup.sampler(steps: 7)
        for quantity in BlendingPolicy.Quantity.allCases {
            let options = StreamingEnhancer.Options(
                grid: try ChunkGrid(chunkLength: shape.chunk, overlap: shape.overlap),
                blending: BlendingPolicy(quantity: quantity), lowDelaySteps: steps)
            let expected = try EnhancementSetup.reference(options, sampler).enhance(video)
            let made = try EnhancementSetup.enhancer(options, sampler).enhance(video, pushing: 2)
            #expect(try made.bytes() == expected.bytes())
        }
    }

    @Test(arguments: [(24, 8, 79), (8, 6, 27), (6, 0, 17), (9, 2, 9)])
    func droppedTailsAreThoseOfTheRelease(chunk: Int, overlap: Int, frames: Int) throws {
        let video = try EnhancementSetup.video(frames)
        let sampler = try EnhancementSetup.sampler(steps: 4)
        let grid = try ChunkGrid(chunkLength: chunk, overlap: overlap)
        let options = StreamingEnhancer.Options(grid: grid, tail: .dropped)
        let expected = try EnhancementSetup.reference(options, sampler).enhance(video)
        #expect(
            expected.shape[2]
                == (frames - overlap) / (chunk - overlap) * (chunk - overlap) + overlap)
        let made = try EnhancementSetup.enhancer(options, sampler).enhance(video, pushing: 3)
        #expect(try made.bytes() == expected.bytes())
    }

    /// The order does not depend on the sampler: I2VGen-XL's, and a walk from pure noise.
    @Test func otherSamplersAreExactToo() throws {
        let video = try EnhancementSetup.video(40)
        let grid = try ChunkGrid(chunkLength: 8, overlap: 3)
        let pureNoise = StepTable(steps: 5, maximum: 999)
        let samplers: [any EnhancementSampler] = [
            try ImageToVideoSampler(steps: 8, strength: 0.9),
            try VideoToVideoSampler(LogSNRSchedule(), table: pureNoise),
            try VideoToVideoSampler(LogSNRSchedule(), table: StepTable(steps: 1)),
            try VideoToVideoSampler(
                LogSNRSchedule(), table: StepTable(steps: 6), eta: 0, correction: .heun),
        ]
        for sampler in samplers {
            let options = StreamingEnhancer.Options(grid: grid, blending: .imageToVideo)
            let expected = try EnhancementSetup.reference(options, sampler).enhance(video)
            let made = try EnhancementSetup.enhancer(options, sampler).enhance(video, pushing: 4)
            #expect(try made.bytes() == expected.bytes())
        }
    }

    /// What has been made does not depend on how long the video will be.
    @Test func framesThatLeftDoNotDependOnTheFuture() throws {
        let sampler = try EnhancementSetup.sampler(steps: 3)
        let options = StreamingEnhancer.Options(
            grid: try ChunkGrid(chunkLength: 6, overlap: 2))
        let enhancer = try EnhancementSetup.enhancer(options, sampler)
        let early = try #require(try enhancer.push(EnhancementSetup.video(30)))
        let long = try EnhancementSetup.enhancer(options, sampler)
            .enhance(EnhancementSetup.video(60), pushing: 60)
        #expect(early.shape[2] > 10 && early.shape[2] < 30)
        #expect(try early.bytes() == long.slice(2, 0..<early.shape[2]).contiguous().bytes())
    }
}
