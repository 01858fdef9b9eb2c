/// Takes frames one by one and makes a video of them.
///
/// A writer is a consumer with backpressure: `append` returns when the frame has left this process
/// or is on disk. The caller's cancellation never tears a frame, but from then on an ffmpeg that
/// does nothing is ended after seconds. A writer that is dropped without `finish()` closes its file
/// by itself, without a report.
public protocol VideoWriter: AnyObject, Sendable {
    /// Where the video goes, as it was named by the caller.
    nonisolated var path: String { get }
    /// How many frames were handed over completely.
    var framesWritten: Int { get async }
    /// Adds one frame to the end.
    ///
    /// - Throws: `VideoIOError.frameSizeMismatch` for a frame of another size, after which the
    ///   writer still works; `.diskFull`, `.encoderStopped` or `.writeFailed` when the output
    ///   cannot go on, after which every call throws the same error.
    func append(_ frame: RGBFrame) async throws(VideoIOError)
    /// Closes the output, waits until all of it is on its way to the disk, and looks at the file.
    ///
    /// A second call does nothing.
    ///
    /// - Throws: `VideoIOError.noFrames` if nothing was appended, or what `append` throws.
    func finish() async throws(VideoIOError)
}
