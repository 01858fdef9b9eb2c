import VideoIO

/// Footage read once more, as the beginning of a video: chunk 0 in parts of as many frames as are held at once.
struct FootageChunks {
    /// Frames of a part.
    private static let partLength = 16

    private let footage: Footage
    private let size: (width: Int, height: Int)
    private var frames: VideoReader.Iterator?
    private var given = 0
    private var isOver = false

    init(_ footage: Footage) {
        self.footage = footage
        let first = footage.recentFrames[0]
        size = (first.width, first.height)
    }

    /// The next part, or `nil` behind the last frame.
    ///
    /// - Throws: `VideoIOError` if the file cannot be read any more, `GenerationError.footageChanged` if it has another
    ///   number of frames than before.
    mutating func next() async throws -> VideoChunk? {
        guard !isOver else { return nil }
        var frames: VideoReader.Iterator
        if let opened = self.frames {
            frames = opened
        } else {
            frames = try await VideoReader.open(footage.path).makeAsyncIterator()
        }
        var part: [RGBFrame] = []
        while part.count < Self.partLength, let frame = try await frames.next() {
            part.append(frame.covering(width: size.width, height: size.height))
        }
        self.frames = frames
        isOver = part.count < Self.partLength
        let start = given
        given += part.count
        guard isOver ? given == footage.frameCount : given <= footage.frameCount else {
            throw GenerationError.footageChanged(path: footage.path)
        }
        guard !part.isEmpty else { return nil }
        return VideoChunk(
            index: 0, attempt: 0, firstFrame: start, frames: part, denoisingSeconds: 0,
            decodingSeconds: 0)
    }
}
