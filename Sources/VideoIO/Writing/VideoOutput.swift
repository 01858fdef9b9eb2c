import Foundation
import Foundations

/// Opens outputs, after everything that can be checked beforehand has been checked.
public enum VideoOutput {
    /// The longest side of a frame, in pixels.
    public static let maximumSide = 16_384

    /// Extensions of video files that can be written; any folder takes PNG frames.
    public static let knownExtensions = OutputFormat.knownExtensions

    /// Opens a video file or a folder of PNG frames for writing.
    ///
    /// The kind follows from the name: `.mp4` (H.264), `.webm` (VP9), `.gif`, or a folder of
    /// `frame-000000.png` files (a name that ends in `/`, has no extension, or is a folder).
    /// H.264 and VP9 need even sides: an odd side grows by one repeated row or column.
    ///
    /// - Parameters:
    ///   - path: the output; its parent folder must exist.
    ///   - width: columns of every frame, in pixels.
    ///   - height: rows of every frame, in pixels.
    ///   - framesPerSecond: the rate; a folder of PNG frames does not record it.
    ///   - overwrite: whether an existing output may be replaced. In a folder only its
    ///     `frame-*.png` files are.
    ///   - tools: the ffmpeg to use; searched for if `nil`.
    /// - Throws: `VideoIOError`, one of the cases that are found before work starts.
    public static func open(
        path: String, width: Int, height: Int, framesPerSecond: FrameRate, overwrite: Bool = false,
        tools: FFmpegTools? = nil
    ) async throws(VideoIOError) -> any VideoWriter {
        guard (1...maximumSide).contains(width), (1...maximumSide).contains(height) else {
            throw .invalidSize(width: width, height: height, limit: maximumSide)
        }
        let target = try resolve(path)
        let kind = FileKind(path: target)
        let format = try OutputFormat(path: path, isFolder: kind == .folder)
        try format.validate(framesPerSecond)
        if case .special(let name) = kind { throw .outputNotRegular(path: path, kind: name) }
        if kind != .missing, (kind == .folder) != (format == .pngFolder) {
            throw .outputWrongKind(path: path, isFolder: kind == .folder)
        }
        let parent = (target as NSString).deletingLastPathComponent
        try checkFolder(parent, for: path)

        guard let encoder = format.encoder else {
            if kind == .folder { try checkFolder(target, for: path) }
            let lock = try lock(target, for: path)
            return try PNGSequenceWriter(
                path: path, folder: target, width: width, height: height, overwrite: overwrite,
                lock: lock)
        }
        let found: FFmpegTools
        if let tools { found = tools } else { found = try FFmpegTools.find() }
        try await found.requireEncoder(encoder, for: path)
        let lock = try lock(target, for: path)
        // Looked at under the lock, so that a run that has just ended is seen.
        if !overwrite, FileKind(path: target) != .missing { throw .outputExists(path: path) }
        return FFmpegWriter(
            path: path, target: target, format: format, width: width, height: height,
            rate: framesPerSecond, overwrite: overwrite, tools: found, lock: lock)
    }

    /// Takes the lock of an output.
    ///
    /// - Parameters:
    ///   - target: the output without links.
    ///   - path: the output as the user named it, for messages.
    static func lock(_ target: String, for path: String) throws(VideoIOError) -> FileLock {
        do {
            return try FileLock(of: target)
        } catch {
            let folder = (target as NSString).deletingLastPathComponent
            switch error {
            case .held: throw .outputBusy(path: path)
            case .foreign(let lock): throw .lockForeign(path: path, lock: lock)
            case .refused(_, ENOSPC), .refused(_, EDQUOT): throw .noSpace(folder: folder)
            case .refused(let lock, let code):
                throw .folderNotWritable(
                    folder: folder, reason: "\(lock): \(String(cString: strerror(code)))")
            }
        }
    }

    private static func checkFolder(_ folder: String, for path: String) throws(VideoIOError) {
        guard FileKind(path: folder) == .folder else {
            throw .folderMissing(folder: folder, path: path)
        }
        guard access(folder, W_OK | X_OK) == 0 else {
            throw .folderNotWritable(folder: folder, reason: String(cString: strerror(errno)))
        }
        var info = statvfs()
        // File systems without blocks (/proc) report no space at all.
        if statvfs(folder, &info) == 0, info.f_blocks > 0, info.f_bavail == 0 {
            throw .noSpace(folder: folder)
        }
    }

    /// Makes the path absolute and follows links, so that two names of one file share a lock.
    private static func resolve(_ path: String) throws(VideoIOError) -> String {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw .unknownExtension(path: path, known: knownExtensions)
        }
        if let whole = realPath(path) { return whole }
        let url = URL(fileURLWithPath: path)
        let parent = url.deletingLastPathComponent().path
        guard let resolved = realPath(parent) else {
            throw .folderMissing(folder: parent, path: path)
        }
        return (resolved as NSString).appendingPathComponent(url.lastPathComponent)
    }

    private static func realPath(_ path: String) -> String? {
        guard let buffer = realpath(path, nil) else { return nil }
        defer { free(buffer) }
        return String(cString: buffer)
    }
}
