import StreamingT2V
import TestSupport
import Testing
import VideoIO

@Suite struct FrameCountTests {
    private static let counts = [1, 7, 16, 17, 24, 31, 40]

    /// Chunks of 16, 8, 8, … frames; the last is cut, and a longer video begins with the shorter one.
    @Test func anyFrameCountIsHonoured() async throws {
        let generator = try VideoGenerator(model: SharedModel.folder())
        let longest = try await generator.frames(.tiny(frames: 40))
        for count in Self.counts {
            let log = GenerationLog()
            var chunks: [VideoChunk] = []
            let request = GenerationRequest.tiny(frames: count)
            for try await chunk in try await generator.chunks(for: request, progress: log.append) {
                chunks.append(chunk)
            }
            let expected = 1 + max(0, count - 16 + 7) / 8
            #expect(chunks.map(\.index) == Array(0..<expected))
            #expect(chunks.flatMap(\.frames) == Array(longest.prefix(count)), "\(count) frames")
            #expect(generator.plan().chunkCount(frames: count) == expected)
            #expect(log.count == 2 * expected)
            #expect(log.steps.allSatisfy { $0.chunks == expected && $0.steps == 2 })
            for chunk in chunks {
                let range = generator.plan().frameRange(chunk: chunk.index)
                #expect(chunk.firstFrame == range.lowerBound)
                #expect(chunk.frames.count == min(range.upperBound, count) - range.lowerBound)
            }
        }
    }

    @Test func framesOfAVideoDiffer() async throws {
        let generator = try VideoGenerator(model: SharedModel.folder())
        let frames = try await generator.frames(.tiny(frames: 32))
        #expect(Set(frames).count == 32)
        #expect(frames.allSatisfy { Set($0.pixels).count > 20 })
    }

    /// Where the next chunk is conditioned on more frames than a chunk adds, older ones stand before them.
    @Test(arguments: [(8, 6), (8, 2), (5, 4), (2, 1)])
    func otherChunkLengths(frames: Int, conditional: Int) async throws {
        let scratch = try Scratch()
        var model = TinyModel()
        model.streaming?.frames = frames
        model.streaming?.conditionalFrames = conditional
        let generator = try VideoGenerator(model: model.make(at: scratch.folder))
        let count = 3 * frames + 1
        let video = try await generator.frames(.tiny(frames: count))
        #expect(video.count == count)
        #expect(Set(video).count == count)
        let kept = frames - conditional
        #expect(
            generator.plan().chunkCount(frames: count) == 1 + (count - frames + kept - 1) / kept)
    }

    @Test func endlessVideoGoesOn() async throws {
        let generator = try VideoGenerator(model: SharedModel.folder())
        let log = GenerationLog()
        let chunks = try await generator.chunks(
            for: .tiny(frames: nil), progress: log.append
        ).first(9)
        #expect(chunks.map(\.frames.count) == [16] + Array(repeating: 8, count: 8))
        #expect(chunks.last?.firstFrame == 72)
        #expect(log.steps.allSatisfy { $0.chunks == nil })
        let bounded = try await generator.frames(.tiny(frames: 80))
        #expect(chunks.flatMap(\.frames) == bounded)
    }
}
