/// Carries frames from a decoder to one reader; at most two wait, then the decoder does.
actor FrameChannel {
    private var frames: [RGBFrame] = []
    private var ending: Result<Void, VideoIOError>?
    private var isAbandoned = false
    private var reader: CheckedContinuation<Void, Never>?
    private var decoder: CheckedContinuation<Void, Never>?

    /// Hands over a frame.
    ///
    /// - Returns: false if nobody reads any more.
    func send(_ frame: RGBFrame) async -> Bool {
        while frames.count >= 2, !isAbandoned {
            await withCheckedContinuation { decoder = $0 }
        }
        guard !isAbandoned else { return false }
        frames.append(frame)
        wakeReader()
        return true
    }

    /// Says that no frame follows.
    func end(_ result: Result<Void, VideoIOError>) {
        ending = ending ?? result
        wakeReader()
    }

    /// Stops the decoder; what waits is dropped.
    func abandon(_ error: VideoIOError) {
        isAbandoned = true
        frames = []
        end(.failure(error))
        decoder?.resume()
        decoder = nil
    }

    /// Waits for the next frame; `nil` after the last.
    func next() async throws(VideoIOError) -> RGBFrame? {
        while frames.isEmpty, ending == nil {
            await withCheckedContinuation { reader = $0 }
        }
        guard frames.isEmpty else {
            let frame = frames.removeFirst()
            decoder?.resume()
            decoder = nil
            return frame
        }
        try ending?.get()
        return nil
    }

    private func wakeReader() {
        reader?.resume()
        reader = nil
    }
}
