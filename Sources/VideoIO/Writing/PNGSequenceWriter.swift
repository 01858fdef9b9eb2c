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
        if let code = Self.write(PNG.encode(frame), to: name) {
            let error: VideoIOError =
                code == ENOSPC || code == EDQUOT
                ? .diskFull(path: path, framesSafe: framesWritten, log: "")
                : .writeFailed(path: path, framesSafe: framesWritten, reason: Self.reason(code))
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

    /// Writes a file under another name first; returns the system's error number, if any.
    private static func write(_ bytes: [UInt8], to path: String) -> Int32? {
        let temporary = path + ".part"
        let file = open(temporary, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o666)
        guard file >= 0 else { return errno }
        var failure = bytes.withUnsafeBytes { (source) -> Int32? in
            var rest = source[...]
            while !rest.isEmpty {
                let count = Foundation.write(
                    file, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return count < 0 ? errno : ENOSPC }
                rest = rest.dropFirst(count)
            }
            return nil
        }
        if Foundation.close(file) != 0, failure == nil { failure = errno }
        if failure == nil, rename(temporary, path) != 0 { failure = errno }
        if failure != nil { unlink(temporary) }
        return failure
    }

    private static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
