import Foundation
import Glibc
import Testing

@testable import Checkpoints

@Suite struct AtomicFileTests {
    /// Whether a small memory disk can be mounted, which takes the rights of root and more.
    private static let canMount: Bool = {
        guard let scratch = try? Scratch(), mountMemoryDisk(at: scratch.folder.path) else {
            return false
        }
        return umount(scratch.folder.path) == 0
    }()

    private static func mountMemoryDisk(at folder: String) -> Bool {
        mount("tmpfs", folder, "tmpfs", 0, "size=64k") == 0
    }

    @Test func tellsAFullDiskFromOtherFailures() {
        #expect(CheckpointError.writing("f", code: ENOSPC) == .diskFull(file: "f"))
        #expect(CheckpointError.writing("f", code: EDQUOT) == .diskFull(file: "f"))
        #expect(
            CheckpointError.writing("f", code: EACCES)
                == .unwritable(file: "f", reason: "Permission denied"))
    }

    /// The disk fills up after the check at the beginning, while the bytes are written.
    @Test(.enabled(if: canMount, "cannot mount a small memory disk here"))
    func leavesNothingOnAFullDisk() throws {
        let scratch = try Scratch()
        let folder = scratch.folder.path
        try #require(Self.mountMemoryDisk(at: folder))
        defer { umount(folder) }
        let file = try AtomicFile(path: scratch.path(), byteCount: 1000)
        let error = checkpointError {
            try [UInt8](repeating: 1, count: 100_000).lendBytes { (bytes) throws(CheckpointError) in
                try file.append(bytes)
            }
        }
        #expect(error == .diskFull(file: scratch.path()))
        #expect(try scratch.contents().count == 1)
        withExtendedLifetime(file) {}
        _ = consume file
        #expect(try scratch.contents() == [])
    }
}
