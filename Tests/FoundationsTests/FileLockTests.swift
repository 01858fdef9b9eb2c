import Foundation
import Foundations
import Testing

@Suite struct FileLockTests {
    /// A folder with a path to lock and the name of its lock.
    private func place() throws -> (folder: String, path: String, lock: String) {
        let folder = FileManager.default.temporaryDirectory.path + "/lock-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        return (folder, folder + "/car.mp4", folder + "/.car.mp4.st2v-lock")
    }

    private func content(_ folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
    }

    @Test func excludesOthersUntilItIsReleased() throws {
        let (folder, path, lock) = try place()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let first = try FileLock(of: path, patience: .zero)
        let text = try String(contentsOfFile: lock, encoding: .utf8)
        #expect(text == "streamingt2v lock, process \(getpid())\n")
        #expect(throws: FileLock.Failure.held(lock: lock)) {
            _ = try FileLock(of: path, patience: .milliseconds(100))
        }
        first.release()
        #expect(try content(folder) == [])
        try FileLock(of: path, patience: .zero).release()
        #expect(try content(folder) == [])
    }

    /// The locks of dead processes go, those of living ones and foreign files stay.
    @Test func removesStaleLocksOfTheFolder() throws {
        let (folder, path, _) = try place()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let files = [
            ".dead.mp4.st2v-lock": "streamingt2v lock, process 1\n",
            ".notes.st2v-lock": "my notes", "live.lock": "",
        ]
        for (name, text) in files {
            try Data(text.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name)"))
        }
        let living = try FileLock(of: folder + "/live.mp4", patience: .zero)
        let lock = try FileLock(of: path, patience: .zero)
        #expect(
            try content(folder) == [
                ".car.mp4.st2v-lock", ".live.mp4.st2v-lock", ".notes.st2v-lock", "live.lock",
            ])
        lock.release()
        living.release()
        #expect(try content(folder) == [".notes.st2v-lock", "live.lock"])
    }

    @Test func neverFollowsOrChangesForeignFiles() throws {
        let (folder, path, lock) = try place()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let victim = folder + "/victim"
        try Data("precious".utf8).write(to: URL(fileURLWithPath: victim))
        let plants: [() -> Int32] = [
            { symlink(victim, lock) }, { link(victim, lock) }, { mkfifo(lock, 0o600) },
            { mkdir(lock, 0o700) },
        ]
        for plant in plants {
            try #require(plant() == 0)
            #expect(throws: FileLock.Failure.foreign(lock: lock)) {
                _ = try FileLock(of: path, patience: .zero)
            }
            #expect(try content(folder) == [".car.mp4.st2v-lock", "victim"])
            try FileManager.default.removeItem(atPath: lock)
        }
        #expect(try String(contentsOfFile: victim, encoding: .utf8) == "precious")
    }

    /// A lock that may only be read, as another user's, is taken all the same.
    @Test func takesAStaleLockThatIsReadOnly() throws {
        let (folder, path, lock) = try place()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try Data("streamingt2v lock, process 1\n".utf8).write(to: URL(fileURLWithPath: lock))
        try #require(chmod(lock, 0o444) == 0)
        try FileLock(of: path, patience: .zero).release()
        #expect(try content(folder) == [])
    }

    @Test func tellsWhatTheSystemRefuses() throws {
        #expect(throws: FileLock.Failure.refused(lock: "/no/.x.st2v-lock", code: ENOENT)) {
            _ = try FileLock(of: "/no/x", patience: .zero)
        }
    }
}
