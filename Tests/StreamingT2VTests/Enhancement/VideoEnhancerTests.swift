import Synchronization
import Testing
import Torch
import VideoIO
import VideoModels

@testable import StreamingT2V

/// The third stage as a whole, with networks of the smallest sizes.
@Suite struct VideoEnhancerTests {
    private let enhancer: VideoEnhancer

    init() throws {
        enhancer = try VideoEnhancer(model: TinyEnhancer.folder())
    }

    /// Also those behind the last whole chunk, and of a video that is shorter than one.
    @Test(arguments: [1, 5, 24, 40])
    func everyFrameComesOut(frames: Int) async throws {
        let enhanced = try await enhancer.enhanced(frames)
        #expect(enhanced.count == frames)
        #expect(enhanced.allSatisfy { $0.width == 48 && $0.height == 48 })
        #expect(Set(enhanced).count == frames)
        // Neither black nor white: the networks are seen.
        for frame in enhanced { #expect(Set(frame.pixels).count > 20) }
    }

    @Test func emptyVideoStaysEmpty() async throws {
        #expect(try await enhancer.enhanced(0) == [])
    }

    /// Pictures are scaled to touch two sides of the box, and the bars of the network's canvas are taken away.
    @Test(
        arguments: [
            (picture: (24, 24), size: (48, 48), output: (48, 48)),
            (picture: (24, 24), size: (70, 50), output: (50, 50)),
            (picture: (33, 17), size: (61, 61), output: (61, 31)),
            (picture: (10, 30), size: (64, 45), output: (15, 45)),
            (picture: (64, 64), size: (40, 33), output: (33, 33)),
        ])
    func sizesThatDoNotFitArePaddedAndCropped(
        picture: (Int, Int), size: (Int, Int), output: (Int, Int)
    ) async throws {
        let request = EnhancementRequest.tiny { ($0.changes.width, $0.changes.height) = size }
        let told = try enhancer.outputSize(
            width: picture.0, height: picture.1, for: await enhancer.prepare(request))
        #expect(told == output)
        let enhanced = try await enhancer.enhanced(2, request) {
            TinyEnhancer.picture($0, width: picture.0, height: picture.1)
        }
        #expect(enhanced.count == 2)
        #expect(enhanced.allSatisfy { $0.width == output.0 && $0.height == output.1 })
    }

    /// The canvas is the smallest one that both autoencoder and network take.
    @Test func canvasIsWhatTheNetworkTakes() throws {
        let rule = enhancer.sizeRule
        for (width, height) in [(48, 48), (70, 50), (1, 1), (129, 16), (1280, 720)] {
            let fitting = TinyEnhancer.sizes.fittingSize(
                height: (height + 7) / 8, width: (width + 7) / 8)
            #expect(rule.width(atLeast: width) == fitting.width * 8)
            #expect(rule.height(atLeast: height) == fitting.height * 8)
        }
    }

    @Test func sameSeedGivesSameBytes() async throws {
        let once = try await enhancer.enhanced(14)
        #expect(try await enhancer.enhanced(14) == once)
        let other = try VideoEnhancer(model: TinyEnhancer.folder())
        #expect(try await other.enhanced(14) == once)
        #expect(try await enhancer.enhanced(14, .tiny { $0.seed = 8 }) != once)
    }

    /// Two videos that take turns on one enhancer do not disturb each other.
    @Test func videosTakeTurns() async throws {
        let requests = [EnhancementRequest.tiny(), .tiny { $0.seed = 99 }]
        var alone: [[RGBFrame]] = []
        for request in requests { alone.append(try await enhancer.enhanced(13, request)) }
        var iterators: [EnhancedFrames<CountedVideo>.Iterator] = []
        for request in requests {
            let frames = try await enhancer.frames(of: CountedVideo(frames: 13), for: request)
            iterators.append(frames.makeAsyncIterator())
        }
        var together: [[RGBFrame]] = [[], []]
        for _ in 0..<13 {
            for (index, iterator) in iterators.enumerated() {
                together[index].append(try #require(try await iterator.next()))
            }
        }
        #expect(together == alone)
        for iterator in iterators { #expect(try await iterator.next() == nil) }
    }

    /// It does not matter in which portions frames arrive.
    @Test func portionsDoNotMatter() async throws {
        let whole = try await enhancer.enhanced(17)
        for portion in [2, 5, 17] {
            let session = try await enhancer.begin(enhancer.prepare(.tiny()), frames: nil) { _ in }
            var frames: [RGBFrame] = []
            for start in stride(from: 0, to: 17, by: portion) {
                let part = (start..<min(17, start + portion)).map { TinyEnhancer.picture($0) }
                var next = try await enhancer.push(part, to: session)
                while let frame = next {
                    frames.append(frame)
                    next = try await enhancer.next(session)
                }
            }
            var next = try await enhancer.push([], to: session)
            while let frame = next {
                frames.append(frame)
                next = try await enhancer.next(session)
            }
            #expect(frames == whole, "\(portion)")
        }
    }

    /// Frames leave when the engine says so, and no frame is read before one is asked for.
    @Test(arguments: [0, 2]) func framesComeAsEarlyAsTheyAreFinal(lowDelaySteps: Int) async throws {
        let video = CountedVideo(frames: 40)
        let iterator = try await enhancer.frames(
            of: video, for: .tiny { $0.lowDelaySteps = lowDelaySteps }
        ).makeAsyncIterator()
        #expect(video.pulled.value == 0)
        _ = try await iterator.next()
        // Chunks of 6 with a stride of 4 reach over one neighbour; three steps wait for two of them.
        let delay = lowDelaySteps == 0 ? 6 + 2 * 4 : 6 + 4
        #expect(video.pulled.value == delay)
        // Without blending in the last step a whole chunk is final, else what no later chunk overlaps.
        for _ in 1..<(lowDelaySteps == 0 ? 4 : 6) { _ = try await iterator.next() }
        #expect(video.pulled.value == delay)
        _ = try await iterator.next()
        #expect(video.pulled.value == delay + 4)
    }

    /// Also behind the last frame, where there is still work to be done for those before.
    @Test func framesLeaveWhileTheTailIsInWork() async throws {
        let evaluations = Mutex(0)
        let iterator = try await enhancer.frames(of: CountedVideo(frames: 13), for: .tiny()) {
            progress in
            evaluations.withLock { $0 = progress.evaluations }
        }.makeAsyncIterator()
        var before: [Int] = []
        while try await iterator.next() != nil { before.append(evaluations.withLock { $0 }) }
        // Three chunks, three steps: the first chunk is final when the later ones are one and two steps behind.
        #expect(before.count == 13 && Set(before) == [6, 8, 9])
        #expect(before.count { $0 == 6 } >= 4 && before.count { $0 == 8 } >= 3)
    }

    @Test func progressCountsEvaluations() async throws {
        let log = Mutex<[EnhancementProgress]>([])
        let frames = try await enhancer.frames(
            of: CountedVideo(frames: 13), count: 13, for: .tiny()
        ) {
            progress in log.withLock { $0.append(progress) }
        }
        for try await _ in frames {}
        let steps = log.withLock { $0 }
        #expect(steps.map(\.evaluations) == Array(1...9))  // 3 chunks, 3 steps
        #expect(steps.allSatisfy { $0.totalEvaluations == 9 && $0.frames == 13 })
        #expect(steps.first?.framesRead == 6 && steps.last?.framesRead == 13)
    }

    /// Holds the task that a progress callback is to cancel.
    private final class Canceller: Sendable {
        private let task = Mutex<Task<[RGBFrame], any Error>?>(nil)
        private let evaluations = Mutex(0)

        var count: Int { evaluations.withLock { $0 } }

        func hold(_ task: Task<[RGBFrame], any Error>) { self.task.withLock { $0 = task } }

        func show(_ progress: EnhancementProgress, last: Int) {
            evaluations.withLock { $0 = progress.evaluations }
            guard progress.evaluations == last else { return }
            while task.withLock({ $0?.cancel() }) == nil {}  // until the task is known here
        }
    }

    /// A cancelled task makes no further evaluation, and the enhancer goes on with other videos.
    @Test(arguments: [1, 4, 7]) func cancellingStopsWithinOneEvaluation(last: Int) async throws {
        let canceller = Canceller()
        let enhancer = enhancer
        let task = Task {
            var frames: [RGBFrame] = []
            let enhanced = try await enhancer.frames(of: CountedVideo(frames: 30), for: .tiny()) {
                canceller.show($0, last: last)
            }
            for try await frame in enhanced { frames.append(frame) }
            return frames
        }
        canceller.hold(task)
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(canceller.count == last)
        let other = try VideoEnhancer(model: TinyEnhancer.folder())
        #expect(try await enhancer.enhanced(7) == other.enhanced(7))
    }

    @Test func allFramesHaveOneSize() async throws {
        let error = EnhancementError.frameSize(frame: 3, expected: [24, 24], actual: [25, 24])
        await #expect(throws: error) {
            try await enhancer.enhanced(9) { TinyEnhancer.picture($0, width: $0 == 3 ? 25 : 24) }
        }
        #expect("\(error)".contains("25×24"))
    }

    /// The three stages as one stream give what the third one gives of the first two's frames.
    @Test func stagesAreOneStream() async throws {
        let generator = try VideoGenerator(model: TinyEnhancer.folder())
        let preview = Mutex<[RGBFrame]>([])
        let stream = try await generator.chunks(for: .tiny(frames: 20)).frames { chunk, _ in
            preview.withLock { $0 += chunk.frames }
        }
        var enhanced: [RGBFrame] = []
        for try await frame in try await enhancer.frames(of: stream, count: 20, for: .tiny()) {
            enhanced.append(frame)
        }
        let pictures = preview.withLock { $0 }
        #expect(try await pictures == generator.frames(.tiny(frames: 20)))
        #expect(try await enhanced == enhancer.enhanced(20) { pictures[$0] })
    }
}

// Tensors are counted for the whole process, so this runs in a process of its own.
@Suite struct VideoEnhancerMemoryTests {
    @Test func longVideoNeedsConstantMemory() async {
        await #expect(processExitsWith: .success) {
            Runtime.start(threads: 1)
            let enhancer = try VideoEnhancer(model: TinyEnhancer.folder())
            let iterator = try await enhancer.frames(of: CountedVideo(frames: 200), for: .tiny())
                .makeAsyncIterator()
            var tensors: [Int] = []
            while try await iterator.next() != nil { tensors.append(Runtime.liveTensors) }
            #expect(tensors.count == 200)
            // Each stride gives four frames, so the count has that period.
            #expect(tensors[20..<160].max() == tensors[20..<40].max(), "\(tensors)")
        }
    }
}
