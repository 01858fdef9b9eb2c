import Checkpoints
import Foundation
import Torch

/// The stored form: a safetensors file with the latents of the chunks as `chunk.0`, `chunk.7`, … in float32, and a JSON text
/// for the rest in its metadata.
extension StreamState {
    private struct Notes: Codable {
        var version = 1
        let nextChunk: Int
        /// The attempt that became part of the video, by the chunk's number.
        let attempts: [Int: Int]
        /// SHA-256 of the footage that the video begins with.
        let footage: String?
        /// What the reviewer needs to go on.
        let reviewer: Data?

        enum CodingKeys: String, CodingKey {
            case version, attempts, footage, reviewer
            case nextChunk = "next_chunk"
        }
    }

    private static let notesKey = "stream_state"
    /// More than any model needs; a file may claim any number.
    private static let chunkLimit = 1024

    /// Writes the state, all or nothing.
    ///
    /// - Parameter reviewer: what the reviewer needs to go on.
    /// - Throws: `CheckpointError.diskFull` or `.unwritable`.
    func save(to url: URL, of request: PreparedRequest, reviewer: Data?) throws {
        let attempts = Dictionary(uniqueKeysWithValues: chunks.map { ($0.index, $0.attempt) })
        let notes = Notes(
            nextChunk: nextChunk, attempts: attempts, footage: request.footage?.sha256,
            reviewer: reviewer)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys  // the same state is the same file
        try saveTensors(
            chunks.map { ("chunk.\($0.index)", $0.latents) }, to: url, dtype: .float32,
            metadata: [Self.notesKey: String(decoding: try encoder.encode(notes), as: UTF8.self)])
    }

    /// Reads a state that a run of the same request has left.
    ///
    /// - Parameters:
    ///   - shape: of a chunk's latents.
    ///   - count: how many of the last chunks the next one needs.
    /// - Throws: `GenerationError.unusableState` for a file that is none, or of another video; `CheckpointError`.
    static func load(
        from url: URL, for request: PreparedRequest, shape: [Int], needing count: Int,
        device: Device
    ) throws -> (state: StreamState, reviewer: Data?) {
        func unusable(_ reason: String) -> GenerationError {
            .unusableState(file: url.path, reason: reason)
        }
        let file = try SafetensorsFile(url: url)
        guard let text = file.metadata[notesKey],
            let notes = try? JSONDecoder().decode(Notes.self, from: Data(text.utf8)),
            notes.version == 1, notes.attempts.count <= chunkLimit,
            notes.attempts.values.allSatisfy({ (0...chunkLimit).contains($0) })
        else { throw unusable("it is no state of a video") }
        guard notes.footage == request.footage?.sha256 else {
            throw unusable("its video begins with other footage")
        }
        let first = request.footage == nil ? 0 : 1
        guard (first...GenerationRequest.frameLimit).contains(notes.nextChunk) else {
            throw unusable("it has no number of a chunk")
        }
        let recent = max(first, notes.nextChunk - count)..<notes.nextChunk
        let needed = Set(recent).union(first == 0 && notes.nextChunk > 0 ? [0] : [])
        guard Set(notes.attempts.keys) == needed else { throw unusable("it lacks chunks") }
        let chunks = try notes.attempts.sorted { $0.key < $1.key }.map { index, attempt in
            let latents = try file.tensor("chunk.\(index)")
            guard latents.shape == shape, latents.dtype == .float32, try latents.isFinite() else {
                throw unusable("its latents have shape \(latents.shape), not \(shape)")
            }
            // The layout that computed latents have: another one would take other kernels, to other bits.
            return Chunk(
                index: index, attempt: attempt, latents: try latents.moved(to: device).contiguous())
        }
        return (StreamState(nextChunk: notes.nextChunk, chunks: chunks), notes.reviewer)
    }
}
