import Foundation
import TestSupport
import VideoIO

/// A file system in memory of a few pages, which is full soon.
final class SmallDisk {
    let path: String

    init(kibibytes: Int) throws {
        path = FileManager.default.temporaryDirectory.path + "/command-disk-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(kibibytes)k") == 0 else {
            let code = errno
            rmdir(path)
            throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EPERM)
        }
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        rmdir(path)
    }

    static let isAvailable = (try? SmallDisk(kibibytes: 64)) != nil
}

/// Waits until something holds, for a minute at most.
func wait(for condition: () throws -> Bool) async throws -> Bool {
    for _ in 0..<1200 {
        if try condition() { return true }
        try await Task.sleep(for: .milliseconds(50))
    }
    return false
}

/// All frames of a video file or folder.
func frames(of path: String) async throws -> [RGBFrame] {
    var frames: [RGBFrame] = []
    for try await frame in try await VideoReader.open(path) { frames.append(frame) }
    return frames
}
