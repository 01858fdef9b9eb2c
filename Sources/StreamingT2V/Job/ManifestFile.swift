public import Foundation
import Foundations
import Synchronization
import VideoIO

/// The manifest next to an output: `car.mp4.json` for `car.mp4`.
///
/// It is there from before the first frame and renewed while the video grows, so a run that is killed leaves its seed and
/// settings. Where a video is replaced, its old manifest stays until the first new frame, as the old video does.
public final class ManifestFile: Sendable {
    /// Where the manifest is.
    public let path: String

    private struct State {
        var isWritten = false
        /// When the file may be renewed without taking more than a fiftieth of the time.
        var next = ContinuousClock.now
    }

    /// Whether the output may be replaced: it was allowed, or a run that was killed has left an empty file.
    let mayReplaceOutput: Bool

    private let replacesVideo: Bool
    private let state = Mutex(State())

    /// Checks that the manifest of an output can be written.
    ///
    /// - Parameters:
    ///   - output: the video file or folder.
    ///   - overwrite: whether an existing output may be replaced; its manifest is then replaced too, but no other file.
    /// - Throws: `VideoIOError.outputExists`, `GenerationError.foreignManifest`.
    public init(of output: String, overwrite: Bool) throws {
        path = Self.path(of: output)
        let video = Self.status(of: output)
        let isFile = video.map { $0.st_mode & S_IFMT == S_IFREG } ?? false
        let old = Self.content(path)
        let isEmptyRun = isFile && video?.st_size == 0 && old?.isEmptyRun == true
        mayReplaceOutput = overwrite || isEmptyRun
        replacesVideo = isFile && !isEmptyRun
        // An output that may not be replaced is refused by name when it is opened.
        guard mayReplaceOutput || video == nil, Self.status(of: path) != nil else { return }
        guard overwrite || old?.isEmptyRun == true else {
            throw VideoIOError.outputExists(path: path)
        }
        guard old != nil else { throw GenerationError.foreignManifest(file: path) }
    }

    /// The path of an output's manifest.
    public static func path(of output: String) -> String {
        output.withoutTrailingSlashes + ".json"
    }

    /// How the run that made an output ended; `nil` without a manifest.
    public static func outcome(of output: String) -> GenerationManifest.Outcome? {
        content(path(of: output))?.outcome
    }

    /// Writes the manifest of a run that begins, unless a video is to be replaced.
    public func begin(_ manifest: some Encodable) throws {
        guard !replacesVideo else { return }
        try write(manifest)
    }

    /// Writes the manifest of a run that goes on.
    ///
    /// After the first time it is skipped where writing would take more than a fiftieth of the time: the manifest of an
    /// endless video grows with every chunk. A failure is not the end of a run, as the last manifest is still there:
    /// ``end(_:)`` throws if it persists, and a full disk is reported by the video.
    public func renew(_ manifest: some Encodable) {
        guard state.withLock({ !$0.isWritten || $0.next <= .now }) else { return }
        try? write(manifest)
    }

    /// Writes the manifest of a run that has ended, safe against a power failure.
    public func end(_ manifest: some Encodable) throws {
        try write(manifest, synchronizes: true)
    }

    /// Removes the manifest of a run that made no frame.
    public func remove() {
        state.withLock { state in
            if state.isWritten { unlink(path) }
            state.isWritten = false
        }
    }

    private func write(_ manifest: some Encodable, synchronizes: Bool = false) throws {
        let start = ContinuousClock.now
        let data = try GenerationManifest.json(manifest)
        try AtomicFile.save(data, to: URL(fileURLWithPath: path), synchronizes: synchronizes)
        let end = ContinuousClock.now
        state.withLock { $0 = State(isWritten: true, next: end + (end - start) * 50) }
    }

    /// What tells a manifest from other JSON files.
    private struct Content: Decodable {
        struct Settings: Decodable { let prompt: String }
        let settings: Settings
        let outcome: GenerationManifest.Outcome
        let framesWritten: Int

        enum CodingKeys: String, CodingKey {
            case settings, outcome
            case framesWritten = "frames_written"
        }

        /// Whether the run was killed before it made a frame.
        var isEmptyRun: Bool { outcome == .running && framesWritten == 0 }
    }

    /// The status of a path, links not followed; `nil` where nothing is.
    private static func status(of path: String) -> stat? {
        var status = stat()
        return lstat(path, &status) == 0 ? status : nil
    }

    private static func content(_ path: String) -> Content? {
        guard let status = status(of: path), status.st_mode & S_IFMT == S_IFREG,
            let data = try? Data(contentsOf: URL(fileURLWithPath: path))
        else { return nil }
        return try? JSONDecoder().decode(Content.self, from: data)
    }
}
