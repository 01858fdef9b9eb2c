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

    /// The manifest is written last, so it tells that the video is whole.
    private func manifestFile(of task: StudyTask) -> URL {
        folder.appendingPathComponent("\(task.name).mp4.json")
    }

    func has(_ task: StudyTask) -> Bool {
        [file(of: task), manifestFile(of: task)].allSatisfy {
            FileManager.default.fileExists(atPath: $0.path)
        }
    }

    /// Begins a video; one of the same name, left by another run, is replaced.
    func open(_ task: StudyTask, _ request: GenerationRequest) async throws -> Recording {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = file(of: task).path
        var manifest = try GenerationManifest(
            request: request, model: model, defaults: defaults,
            fps: FrameRate(defaults.framesPerSecond),
            device: device, dtype: dtype, output: path)
        manifest.weights = try model.weightHashes()
        let old = manifestFile(of: task)
        if FileManager.default.fileExists(atPath: old.path) {
            try FileManager.default.removeItem(at: old)
        }
        let writer = try await VideoOutput.open(
            path: path, width: defaults.width, height: defaults.height,
            framesPerSecond: FrameRate(defaults.framesPerSecond), overwrite: true)
        return Recording(writer: writer, manifest: manifest, manifestFile: old)
    }

    /// A video that is being written.
    struct Recording {
        private let writer: any VideoWriter
        private var manifest: GenerationManifest
        private let manifestFile: URL
        private let start = ContinuousClock.now

        init(writer: any VideoWriter, manifest: GenerationManifest, manifestFile: URL) {
            (self.writer, self.manifest, self.manifestFile) = (writer, manifest, manifestFile)
        }

        mutating func append(_ chunk: VideoChunk) async throws {
            for frame in chunk.frames { try await writer.append(frame) }
            manifest.append(chunk)
        }

        mutating func finish() async throws {
            try await writer.finish()
            manifest.outcome = .complete
            manifest.framesWritten = await writer.framesWritten
            manifest.seconds = (ContinuousClock.now - start) / .seconds(1)
            manifest.framesPerSecond =
                Double(manifest.framesWritten) / max(manifest.seconds, 1e-9)
            try manifest.json().write(to: manifestFile, options: .atomic)
        }
    }
}
