import Foundation
import Foundations

/// Writes every frame as a PNG file of its own, without loss.
///
/// A frame gets its name when it is complete, so a file `frame-000000.png` is never half a frame.
public actor PNGSequenceWriter: VideoWriter {
    /// Where the frames go, as it was named by the caller.
    public nonisolated let path: String
    /// How many frames are in the folder.
    public private(set) var framesWritten = 0

    private let folder: String
    private let width: Int
    private let height: Int
    private let lock: FileLock
    private var failure: VideoIOError?
    private var isFinished = false

    init(
        path: String, folder: String, width: Int, height: Int, overwrite: Bool, lock: FileLock
    ) throws(VideoIOError) {
        self.path = path
        self.folder = folder
        self.width = width
        self.height = height
        self.lock = lock
        if FileKind(path: folder) == .folder {
            let content: [String]
            do {
                content = try FileManager.default.contentsOfDirectory(atPath: folder)
            } catch {
                throw .readFailed(path: folder, reason: error.localizedDescription)
            }
            guard overwrite || content.isEmpty else { throw .outputExists(path: path) }
            for name in content where PNGFolder.number(of: name) != nil {
                guard unlink("\(folder)/\(name)") == 0 else {
                    throw .folderNotWritable(folder: folder, reason: Self.reason(errno))
                }
            }
        } else if mkdir(folder, 0o777) != 0 {
            throw .folderNotWritable(folder: folder, reason: Self.reason(errno))
        }
    }

    /// Adds one frame; see ``VideoWriter/append(_:)``.
    public func append(_ frame: RGBFrame) async throws(VideoIOError) {
        if let failure { throw failure }
        if isFinished { throw .alreadyFinished(path: path) }
        guard frame.width == width, frame.height == height else {
            throw .frameSizeMismatch(
                path: path, expected: [width, height], actual: [frame.width, frame.height])
        }
        let name = "\(folder)/\(PNGFolder.name(of: framesWritten))"
        do throws(FileWriteError) {
            try AtomicFile.save(
                Data(PNG.encode(frame)), to: URL(fileURLWithPath: name), synchronizes: false)
        } catch let problem {
            let error = VideoIOError(problem, path: path, framesSafe: framesWritten)
            failure = error
            lock.release()
            throw error
        }
        framesWritten += 1
    }

    /// Ends the sequence; see ``VideoWriter/finish()``.
    public func finish() async throws(VideoIOError) {
        if let failure { throw failure }
        guard !isFinished else { return }
        guard framesWritten > 0 else {
            let error = VideoIOError.noFrames(path: path)
            failure = error
            rmdir(folder)  // stays if it holds anything
            lock.release()
            throw error
        }
        isFinished = true
        lock.release()
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
