import Foundation
import Testing

@testable import Foundations

@Suite struct LineFileTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "lines-\(UUID())")

    @Test func linesFollowEachOther() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = folder.appending(path: "log.jsonl")
        let file = LineFile(url)
        #expect(!FileManager.default.fileExists(atPath: url.path))
        try file.append(Data("one".utf8))
        try LineFile(url).append(Data("two".utf8))
        #expect(try Data(contentsOf: url) == Data("one\ntwo\n".utf8))
    }

    @Test func aFileThatCannotBeMadeIsNamed() {
        let url = URL(filePath: "/no/such/folder/log.jsonl")
        #expect(
            throws: FileWriteError.unwritable(file: url.path, reason: "No such file or directory")
        ) {
            try LineFile(url).append(Data("one".utf8))
        }
    }

    /// /dev/full takes no byte, as a full disk does.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "no /dev/full here"))
    func aFullDiskIsAnErrorAndDevicesStay() throws {
        #expect(throws: FileWriteError.diskFull(file: "/dev/full")) {
            try LineFile(URL(filePath: "/dev/full")).append(Data("two".utf8))
        }
        #expect(FileManager.default.fileExists(atPath: "/dev/full"))
    }
}
