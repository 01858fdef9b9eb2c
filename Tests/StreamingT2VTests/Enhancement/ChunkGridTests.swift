import StreamingT2V
import Testing
import VideoModels

@Suite struct ChunkGridTests {
    /// The release's numbers: 240 frames make 14 chunks, 1200 make 74.
    @Test(arguments: [(24, 1, 24), (56, 3, 56), (80, 4, 72), (240, 14, 232), (1200, 74, 1192)])
    func droppedTailsAreThoseOfTheRelease(frames: Int, chunks: Int, covered: Int) throws {
        let grid = try ChunkGrid()
        #expect(try grid.chunkCount(frames: frames, tail: .dropped) == chunks)
        #expect(grid.frameCount(chunks: chunks) == covered)
    }

    @Test func paddedGridsCoverEveryFrameAndNoMoreThanNeeded() throws {
        for chunk in 1...9 {
            for overlap in 0..<chunk {
                let grid = try ChunkGrid(chunkLength: chunk, overlap: overlap)
                for frames in 1...40 {
                    let chunks = try grid.chunkCount(frames: frames)
                    #expect(grid.frameCount(chunks: chunks) >= frames)
                    #expect(chunks == 1 || grid.frameCount(chunks: chunks - 1) < frames)
                    #expect(
                        grid.frames(ofChunk: chunks - 1).upperBound
                            == grid.frameCount(chunks: chunks))
                }
                #expect(try grid.chunkCount(frames: 0) == 0)
            }
        }
    }

    @Test func reachCountsTheChunksThatShareFrames() throws {
        for chunk in 1...12 {
            for overlap in 0..<chunk {
                let grid = try ChunkGrid(chunkLength: chunk, overlap: overlap)
                let first = grid.frames(ofChunk: 0)
                let sharing = (1...20).filter { grid.frames(ofChunk: $0).overlaps(first) }
                #expect(grid.reach == sharing.count)
            }
        }
    }

    @Test func shortVideosCannotBeDropped() throws {
        let grid = try ChunkGrid()
        #expect(throws: EnhancementError.tooShort(frames: 23, chunkLength: 24)) {
            try grid.chunkCount(frames: 23, tail: .dropped)
        }
        #expect(try grid.chunkCount(frames: 23) == 1)
    }

    @Test(arguments: [(0, 0), (-1, 0), (24, 24), (24, -1), (8, 12), (100_001, 0)])
    func impossibleGridsAreRefused(chunk: Int, overlap: Int) {
        #expect(throws: ConfigurationError.self) {
            try ChunkGrid(chunkLength: chunk, overlap: overlap)
        }
    }
}
