/// Which frames of a video each of its chunks adds.
public struct ChunkPlan: Sendable, Hashable {
    /// Frames of chunk 0.
    public let firstFrames: Int
    /// Frames that each chunk behind it adds.
    public let addedFrames: Int

    /// Number of chunks that a video of `frames` frames has.
    public func chunkCount(frames: Int) -> Int {
        1 + max(0, (frames - firstFrames + addedFrames - 1) / addedFrames)
    }

    /// Numbers of the frames that a chunk adds.
    public func frameRange(chunk: Int) -> Range<Int> {
        let start = chunk == 0 ? 0 : firstFrames + (chunk - 1) * addedFrames
        return start..<firstFrames + chunk * addedFrames
    }

    /// Number of the first chunk that begins with a frame or behind it.
    func chunk(beginningAtOrBehind frame: Int) -> Int {
        guard frame > 0 else { return 0 }
        return 1 + max(0, frame - firstFrames + addedFrames - 1) / addedFrames
    }
}
