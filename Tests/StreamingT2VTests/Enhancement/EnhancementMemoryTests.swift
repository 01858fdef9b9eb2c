import Schedulers
import StreamingT2V
import Testing
import Torch

/// What the streaming order holds in memory, and how long it keeps a frame.
@Suite struct EnhancementMemoryTests {
    private struct Setup {
        let chunk: Int
        let overlap: Int
        let steps: Int
    }

    /// Looks at the memory in every evaluation, as the most is held in the middle of a call.
    private final class Probe: ChunkNetwork {
        weak var enhancer: StreamingEnhancer?
        var held = 0

        func predict(_ chunk: Tensor, timestep: Int, index: Int) throws -> Tensor {
            held = max(held, enhancer?.heldFrames ?? 0)
            return try chunk * 0.4
        }
    }

    private func enhancer(
        _ setup: Setup, _ blending: BlendingPolicy = .code, lowDelaySteps: Int = 0
    ) throws -> (enhancer: StreamingEnhancer, probe: Probe) {
        let probe = Probe()
        let options = StreamingEnhancer.Options(
            grid: try ChunkGrid(chunkLength: setup.chunk, overlap: setup.overlap),
            blending: blending, lowDelaySteps: lowDelaySteps)
        let enhancer = try StreamingEnhancer(
            options, sampler: EnhancementSetup.sampler(steps: setup.steps), network: probe,
            noise: ReplayedFrameNoise(), seams: EnhancementSetup.generator)
        probe.enhancer = enhancer
        return (enhancer, probe)
    }

    /// Frames that are held at most while the chunks `from..<to` arrive, and frames that have left by then.
    private func feed(
        _ subject: (enhancer: StreamingEnhancer, probe: Probe), _ setup: Setup, chunks: Range<Int>
    ) throws -> (held: Int, left: Int) {
        let stride = setup.chunk - setup.overlap
        var left = 0
        subject.probe.held = 0
        for _ in chunks {
            left +=
                try subject.enhancer.push(Tensor.full([1, 1, stride, 1, 2], value: 0.5))?
                .shape[2] ?? 0
        }
        return (subject.probe.held, left)
    }

    /// Samples and remembered predictions of `steps · stride + chunk` frames, and each step's unfinished overlap.
    private func bound(_ setup: Setup) -> Int {
        let stride = setup.chunk - setup.overlap
        let reach = (setup.chunk - 1) / stride
        return 2 * (setup.steps * reach * stride + setup.chunk)
            + setup.steps * (setup.chunk - stride)
    }

    @Test func heldFramesDoNotGrowWithTheVideo() throws {
        for setup in [
            Setup(chunk: 24, overlap: 8, steps: 30), Setup(chunk: 8, overlap: 6, steps: 10),
            Setup(chunk: 6, overlap: 0, steps: 10),
        ] {
            let subject = try enhancer(setup)
            let early = try feed(subject, setup, chunks: 0..<200)
            let late = try feed(subject, setup, chunks: 200..<400)
            #expect(late.held <= early.held)
            #expect(early.held <= bound(setup), "\(setup)")
            // Not because nothing happens: in the second half, a stride of frames leaves for each that arrives.
            let stride = setup.chunk - setup.overlap
            #expect(abs(late.left - 200 * stride) < setup.overlap + 1)
            EnhancementSetup.report(
                "\(setup): \(early.held) frames held, bound \(bound(setup))")
            let rest = try subject.enhancer.finish()?.shape[2] ?? 0
            // Without overlap, every frame has left already.
            #expect(rest > 0 || setup.overlap == 0)
            #expect(early.left + late.left + rest == 400 * stride)
            #expect(subject.enhancer.heldFrames == 0)
        }
    }

    @Test func samplesNeedTheHistoriesOfTheirChunksToo() throws {
        let setup = Setup(chunk: 24, overlap: 8, steps: 30)
        let subject = try enhancer(setup, .paper)
        let early = try feed(subject, setup, chunks: 0..<100)
        let late = try feed(subject, setup, chunks: 100..<200)
        #expect(late.held <= early.held)
        #expect(early.held <= bound(setup) + setup.steps * setup.overlap)
        EnhancementSetup.report("samples blended: \(early.held) frames held")
    }

    @Test func lowDelayHoldsSharedFramesTwice() throws {
        let setup = Setup(chunk: 24, overlap: 8, steps: 30)
        let subject = try enhancer(setup, lowDelaySteps: 15)
        let early = try feed(subject, setup, chunks: 0..<100)
        let late = try feed(subject, setup, chunks: 100..<200)
        #expect(late.held <= early.held)
        #expect(early.held <= bound(setup))
        EnhancementSetup.report("low delay: \(early.held) frames held")
    }

    @Test func independentChunksHoldOneChunk() throws {
        let setup = Setup(chunk: 24, overlap: 8, steps: 30)
        let subject = try enhancer(setup, BlendingPolicy(seam: .independent))
        let held = try feed(subject, setup, chunks: 0..<50).held
        #expect(held <= 2 * setup.chunk)
    }

    /// Frames are pushed one by one until the first one leaves.
    @Test(arguments: [0, 1, 10, 29, 30])
    func firstFrameLeavesAfterTheDelayThatIsPromised(lowDelaySteps: Int) throws {
        let setup = Setup(chunk: 24, overlap: 8, steps: 30)
        let enhancer = try enhancer(setup, lowDelaySteps: lowDelaySteps).enhancer
        var pushed = 0
        var left: Tensor?
        while left == nil, pushed < 1000 {
            left = try enhancer.push(Tensor.full([1, 1, 1, 1, 2], value: 0.5))
            pushed += 1
        }
        #expect(pushed == enhancer.delay)
        // 16 frames for each step that must wait for the next chunk's step before.
        #expect(pushed == 24 + 16 * min(29, 30 - lowDelaySteps))
        // A whole stride is final, and the frames of the overlap up to the seam.
        let frames = try #require(left).shape[2]
        #expect((16...24).contains(frames))
        if lowDelaySteps > 0 { #expect(frames == 24) }
    }

    @Test func delayIsRightForEveryGrid() throws {
        for setup in [
            Setup(chunk: 6, overlap: 0, steps: 5), Setup(chunk: 6, overlap: 3, steps: 5),
            Setup(chunk: 8, overlap: 6, steps: 5), Setup(chunk: 7, overlap: 5, steps: 1),
        ] {
            for lowDelaySteps in 0...setup.steps {
                let enhancer = try enhancer(setup, lowDelaySteps: lowDelaySteps).enhancer
                var pushed = 0
                while pushed < 1000 {
                    pushed += 1
                    if try enhancer.push(Tensor.full([1, 1, 1, 1, 2], value: 0.5)) != nil { break }
                }
                #expect(pushed == enhancer.delay, "\(setup), \(lowDelaySteps) low-delay steps")
            }
        }
    }
}
