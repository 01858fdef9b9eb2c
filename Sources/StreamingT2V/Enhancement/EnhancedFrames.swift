public import VideoIO

/// The enhanced frames of a video, made while they are asked for.
public struct EnhancedFrames<Source: AsyncSequence>: AsyncSequence
where Source.Element == RGBFrame {
    /// An enhanced frame.
    public typealias Element = RGBFrame

    let enhancer: VideoEnhancer
    let source: Source
    let count: Int?
    let request: PreparedEnhancement
    let progress: @Sendable (EnhancementProgress) -> Void

    /// Pulls frames from the source until one is final.
    public final class Iterator: AsyncIteratorProtocol {
        private enum State {
            case ready
            case running(EnhancementSession)
            case draining(EnhancementSession, damage: VideoIOError?)
            case ended
        }

        private let frames: EnhancedFrames
        private var source: Source.AsyncIterator
        private var state = State.ready

        init(_ frames: EnhancedFrames) {
            self.frames = frames
            source = frames.source.makeAsyncIterator()
        }

        /// The next frame, or `nil` after the last.
        ///
        /// - Throws: `CancellationError` within one evaluation of a cancellation, `EnhancementError.frameSize`, and what the source throws; if that is
        ///   `VideoIOError.damaged`, after all readable frames have come out. After an error the sequence is over.
        public func next() async throws -> RGBFrame? {
            do {
                try Task.checkCancellation()
                if let frame = try await advance() { return frame }
                state = .ended
                return nil
            } catch {
                state = .ended
                throw Task.isCancelled ? CancellationError() : error
            }
        }

        private func advance() async throws -> RGBFrame? {
            let enhancer = frames.enhancer
            if case .ready = state {
                state = .running(
                    try await enhancer.begin(
                        frames.request, frames: frames.count, progress: frames.progress))
            }
            if case .running(let session) = state {
                if let frame = try await enhancer.next(session) { return frame }
                var damage: VideoIOError?
                do {
                    while let frame = try await source.next() {
                        if let done = try await enhancer.push([frame], to: session) { return done }
                    }
                } catch let error as VideoIOError {
                    guard case .damaged = error else { throw error }
                    damage = error
                }
                state = .draining(session, damage: damage)
                if let frame = try await enhancer.push([], to: session) { return frame }
            }
            guard case .draining(let session, let damage) = state else { return nil }
            if let frame = try await enhancer.next(session) { return frame }
            if let damage { throw damage }
            return nil
        }
    }

    /// Starts an enhancement.
    public func makeAsyncIterator() -> Iterator {
        Iterator(self)
    }
}
