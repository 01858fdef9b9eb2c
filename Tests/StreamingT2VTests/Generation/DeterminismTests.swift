import StreamingT2V
import Testing
import VideoIO

/// A video depends on its request and nothing else.
@Suite struct DeterminismTests {
    private let generator: VideoGenerator

    init() throws {
        generator = try VideoGenerator(model: SharedModel.folder())
    }

    @Test func sameRequestGivesSameBytes() async throws {
        let once = try await generator.frames(.tiny(frames: 32))
        #expect(try await generator.frames(.tiny(frames: 32)) == once)
        let other = try VideoGenerator(model: SharedModel.folder())
        #expect(try await other.frames(.tiny(frames: 32)) == once)
    }

    @Test func neighbouringSeedsAreUnrelated() async throws {
        var videos: Set<[RGBFrame]> = []
        let seeds: [UInt64] = [0, 1, 2, 1 << 32, .max]
        for seed in seeds {
            videos.insert(try await generator.frames(.tiny(frames: 16) { $0.seed = seed }))
        }
        #expect(videos.count == seeds.count)
    }

    @Test func pullSpeedAndProgressDoNotMatter() async throws {
        let fast = try await generator.frames(.tiny(frames: 32))
        let iterator = try await generator.chunks(for: .tiny(frames: 32)) { step in
            // Steps in all shapes of work between them.
            _ = (0..<step.step * 10_000).reduce(0, &+)
        }.makeAsyncIterator()
        var slow: [RGBFrame] = []
        while let chunk = try await iterator.next() {
            slow += chunk.frames
            try await Task.sleep(for: .milliseconds(30))
        }
        #expect(slow == fast)
    }

    /// Two generations that take turns on one generator do not disturb each other.
    @Test func generationsTakeTurns() async throws {
        let requests = [GenerationRequest.tiny(frames: 32), .tiny(frames: 32) { $0.seed = 99 }]
        var alone: [[RGBFrame]] = []
        for request in requests { alone.append(try await generator.frames(request)) }

        var iterators: [VideoChunks.Iterator] = []
        for request in requests {
            iterators.append(try await generator.chunks(for: request).makeAsyncIterator())
        }
        var together: [[RGBFrame]] = [[], []]
        for _ in 0..<3 {
            for (index, iterator) in iterators.enumerated() {
                together[index] += try #require(try await iterator.next()).frames
            }
        }
        #expect(together == alone)
        for iterator in iterators { #expect(try await iterator.next() == nil) }
    }

    @Test func generationsAtTheSameTimeDoNotMix() async throws {
        let seeds: [UInt64] = [1, 2, 3]
        let generator = generator
        let together = try await withThrowingTaskGroup(of: (UInt64, [RGBFrame]).self) { group in
            for seed in seeds {
                group.addTask {
                    (seed, try await generator.frames(.tiny(frames: 24) { $0.seed = seed }))
                }
            }
            var videos: [UInt64: [RGBFrame]] = [:]
            for try await (seed, frames) in group { videos[seed] = frames }
            return videos
        }
        for seed in seeds {
            let alone = try await generator.frames(.tiny(frames: 24) { $0.seed = seed })
            #expect(together[seed] == alone)
        }
    }
}
