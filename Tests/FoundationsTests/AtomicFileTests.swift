import Foundation
import TestSupport
import Testing

@testable import Foundations

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

    private func error(_ body: () throws(FileWriteError) -> Void) -> FileWriteError? {
        do throws(FileWriteError) {
            try body()
            return nil
        } catch {
            return error
        }
    }

    @Test func tellsAFullDiskFromOtherFailures() {
        #expect(FileWriteError("f", code: ENOSPC) == .diskFull(file: "f"))
        #expect(FileWriteError("f", code: EDQUOT) == .diskFull(file: "f"))
        #expect(
            FileWriteError("f", code: EACCES)
                == .unwritable(file: "f", reason: "Permission denied"))
    }

    /// The disk fills up after the check at the beginning, while the bytes are written.
    @Test(.enabled(if: canMount, "cannot mount a small memory disk here"))
    func leavesNothingOnAFullDisk() throws {
        let scratch = try Scratch()
        try #require(Self.mountMemoryDisk(at: scratch.folder.path))
        defer { umount(scratch.folder.path) }
        let path = scratch.url("target").path
        let file = try AtomicFile(path: path, byteCount: 1000)
        let failure = error { () throws(FileWriteError) in
            try [UInt8](repeating: 1, count: 100_000).lendBytes { (bytes) throws(FileWriteError) in
                try file.append(bytes)
            }
        }
        #expect(failure == .diskFull(file: path))
        #expect(scratch.content.count == 1)
        withExtendedLifetime(file) {}
        _ = consume file
        #expect(scratch.content == [])
    }

    @Test func replacesAFileAsAWhole() throws {
        let scratch = try Scratch()
        try scratch.put("old", "a.json")
        let file = try AtomicFile(path: scratch.url("a.json").path)
        let bytes = Data("new".utf8)
        #expect(try Data(contentsOf: scratch.url("a.json")) == Data("old".utf8))
        _ = consume file
        try AtomicFile.save(bytes, to: scratch.url("a.json"))
        #expect(try Data(contentsOf: scratch.url("a.json")) == bytes)
        #expect(scratch.content == ["a.json"])
    }

    @Test func replacesALinkAndNotWhatItLeadsTo() throws {
        let scratch = try Scratch()
        try scratch.put("victim", "victim")
        try FileManager.default.createSymbolicLink(
            at: scratch.url("a.json"), withDestinationURL: scratch.url("victim"))
        try AtomicFile.save(Data("new".utf8), to: scratch.url("a.json"))
        #expect(try Data(contentsOf: scratch.url("victim")) == Data("victim".utf8))
        #expect(try Data(contentsOf: scratch.url("a.json")) == Data("new".utf8))
    }

    @Test func foldersAndDevicesAreNotReplaced() throws {
        let scratch = try Scratch()
        let file = scratch.url("pipe").path
        #expect(mkfifo(file, 0o600) == 0)
        for path in [scratch.folder.path, file] {
            let failure = error { () throws(FileWriteError) in _ = try AtomicFile(path: path) }
            #expect(
                failure
                    == .unwritable(file: path, reason: "it exists and is not a regular file"))
        }
    }

    /// What a killed process left is removed; what a living one has, and what others made, stays.
    @Test func leftoversOfDeadProcessesAreRemoved() throws {
        let scratch = try Scratch()
        try scratch.put("part", ".writing-3w5e11264sgsf.tmp")
        try FileManager.default.createDirectory(
            at: scratch.url(".converting-a1.tmp"), withIntermediateDirectories: false)
        try scratch.put("part", ".converting-a1.tmp/model.safetensors")
        for name in [".writing-mine.txt", ".writing-NOT-OURS.tmp", "writing-a.tmp", ".converting-"]
        {
            try scratch.put("user's", name)
        }
        try FileManager.default.createSymbolicLink(
            at: scratch.url(".writing-link.tmp"), withDestinationURL: scratch.url("writing-a.tmp"))
        // A living process: the lock is held through another open file description.
        try scratch.put("part", ".writing-alive.tmp")
        let held = open(scratch.url(".writing-alive.tmp").path, O_RDONLY | O_CLOEXEC)
        defer { close(held) }
        #expect(flock(held, LOCK_EX | LOCK_NB) == 0)

        try AtomicFile.save(Data("new".utf8), to: scratch.url("a.json"))
        #expect(
            scratch.content == [
                ".converting-", ".writing-NOT-OURS.tmp", ".writing-alive.tmp", ".writing-link.tmp",
                ".writing-mine.txt", "a.json", "writing-a.tmp",
            ])
    }
}
