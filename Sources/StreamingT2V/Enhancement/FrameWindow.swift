import Torch

/// Consecutive frames of a long video: those that are in memory now.
///
/// Holds a tensor of its own, so that frames which were dropped give their memory back.
struct FrameWindow {
    /// Number of the first frame that is held, or of the next one that will be.
    private(set) var start = 0
    /// `[1, C, n, h, w]`, or `nil` while nothing is held.
    private var frames: Tensor?

    /// Number of frames that are held.
    var count: Int { frames?.shape[2] ?? 0 }

    /// Number of the frame behind the last one.
    var end: Int { start + count }

    /// Adds frames at the end.
    mutating func append(_ block: Tensor) throws(TensorError) {
        if let frames {
            self.frames = try Tensor.concatenated([frames, block], axis: 2)
        } else {
            frames = try block.contiguous().copied()
        }
    }

    /// Lets `block` take the place of everything from frame `first` on.
    mutating func replace(from first: Int, with block: Tensor) throws(TensorError) {
        if first > start, let frames {
            self.frames = try Tensor.concatenated(
                [frames.slice(2, 0..<first - start), block], axis: 2)
        } else {
            (start, frames) = (first, try block.contiguous().copied())
        }
    }

    /// The frames `range`, `[1, C, n, h, w]` in row-major order.
    func frames(_ range: Range<Int>) throws(TensorError) -> Tensor {
        guard let frames, range.lowerBound >= start else {
            throw .shapeMismatch(
                place: "frames \(range)", expected: "frames from \(start) to \(end)",
                actual: [count])
        }
        return try frames.slice(2, range.lowerBound - start..<range.upperBound - start)
            .contiguous()
    }

    /// Forgets the frames before `frame`.
    mutating func drop(before frame: Int) throws(TensorError) {
        guard frame > start else { return }
        guard frame < end, let frames else {
            (start, self.frames) = (frame, nil)
            return
        }
        self.frames = try frames.slice(2, frame - start..<count).copied()
        start = frame
    }
}
