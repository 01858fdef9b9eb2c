public import Foundation
public import StreamingT2V
public import Torch
import VideoIO

/// Keeps the videos of a study as files, with the manifest that `generate` would write beside each.
public final class StudyKeeper {
    private let folder: URL
    private let model: ModelFolder
    private let defaults: GenerationDefaults
    private let device: Device
    private let dtype: DType

    /// Names a folder, which is made with the first video.
    public init(
        folder: URL, model: ModelFolder, defaults: GenerationDefaults, device: Device, dtype: DType
    ) {
        (self.folder, self.model, self.defaults) = (folder, model, defaults)
        (self.device, self.dtype) = (device, dtype)
    }

    private func file(of task: StudyTask) -> URL {
        folder.appendingPathComponent("\(task.name).mp4")
    }

    /// Whether a video is there and whole.
    func has(_ task: StudyTask) -> Bool {
        let path = file(of: task).path
        return FileManager.default.fileExists(atPath: path)
            && ManifestFile.outcome(of: path) == .complete
    }

    /// Begins a video; a part of one that a killed run left is replaced.
    ///
    /// - Throws: `VideoIOError.outputExists` for a video that no study made.
    func open(_ task: StudyTask, _ request: GenerationRequest) async throws -> Recording {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = file(of: task).path
        var manifest = try GenerationManifest(
            request: request, model: model, defaults: defaults,
            fps: FrameRate(defaults.framesPerSecond),
            device: device, dtype: dtype, output: path)
        manifest.weights = try model.weightHashes()
        let isOurs = ManifestFile.outcome(of: path) != nil
        let manifestFile = try ManifestFile(of: path, overwrite: isOurs)
        let writer = try await VideoOutput.open(
            path: path, width: defaults.width, height: defaults.height,
            framesPerSecond: FrameRate(defaults.framesPerSecond), overwrite: isOurs)
        try manifestFile.begin(manifest)
        return Recording(writer: writer, manifest: manifest, manifestFile: manifestFile)
    }

    /// A video that is being written.
    struct Recording {
        private let writer: any VideoWriter
        private var manifest: GenerationManifest
        private let manifestFile: ManifestFile
        private let start = ContinuousClock.now

        init(writer: any VideoWriter, manifest: GenerationManifest, manifestFile: ManifestFile) {
            (self.writer, self.manifest, self.manifestFile) = (writer, manifest, manifestFile)
        }

        mutating func append(_ chunk: VideoChunk) async throws {
            manifestFile.renew(manifest)
            for frame in chunk.frames { try await writer.append(frame) }
            manifest.append(chunk)
            manifest.count(await writer.framesWritten, since: start)
        }

        mutating func finish() async throws {
            try await writer.finish()
            manifest.outcome = .complete
            manifest.count(await writer.framesWritten, since: start)
            try manifestFile.end(manifest)
        }
    }
}
