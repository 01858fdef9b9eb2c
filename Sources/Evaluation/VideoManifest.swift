public import Foundation
import Foundations
import StreamingT2V

/// What a generation's manifest says that metrics need: the prompt, and where chunks meet.
public struct VideoManifest: Sendable, Hashable {
    /// What the video should show.
    public let prompt: String
    /// Where its chunks meet; `nil` if the manifest lists none, as that of an enhancement.
    public let borders: ChunkBorders?

    private struct Content: Decodable {
        struct Settings: Decodable { let prompt: String }
        struct Chunk: Decodable {
            let firstFrame: Int
            enum CodingKeys: String, CodingKey { case firstFrame = "first_frame" }
        }
        let settings: Settings
        let chunks: [Chunk]?
    }

    /// The largest file that is read, in bytes.
    private static let sizeLimit = 64 << 20

    /// Reads the JSON that `generate` and `enhance` write beside a video.
    ///
    /// - Throws: `EvaluationError.notAManifest`.
    public init(file: URL) throws(EvaluationError) {
        func refuse(_ reason: String) -> EvaluationError {
            .notAManifest(file: file.path, reason: reason)
        }
        let data: Data
        do {
            data = try BoundedFile.contents(of: file, limit: Self.sizeLimit)
        } catch {
            throw refuse("\(error)")
        }
        let content: Content
        do {
            content = try JSONDecoder().decode(Content.self, from: data)
        } catch {
            throw refuse("it has no settings.prompt, or chunks without first_frame")
        }
        let frames = 0...GenerationRequest.frameLimit
        if let wrong = content.chunks?.first(where: { !frames.contains($0.firstFrame) }) {
            throw refuse(
                "first_frame of a chunk must be from 0 to \(frames.upperBound), "
                    + "not \(wrong.firstFrame)")
        }
        prompt = content.settings.prompt
        borders = content.chunks.map { chunks in
            ChunkBorders(
                frames: chunks.dropFirst().map(\.firstFrame),
                source: "manifest, \(chunks.count) chunks")
        }
    }

    /// The manifest that lies beside a video, `car.mp4.json`, if there is one.
    public static func beside(video path: String) -> (file: String, manifest: VideoManifest)? {
        let file = ManifestFile.path(of: path)
        // Another kind of file with that name is no manifest, and none was asked for.
        guard let manifest = try? VideoManifest(file: URL(fileURLWithPath: file)) else {
            return nil
        }
        return (file, manifest)
    }
}
