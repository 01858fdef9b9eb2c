import Foundation
import Testing

@testable import Foundations

@Suite struct BoundedFileTests {
    private func withFile(_ content: Data, _ body: (URL) throws -> Void) throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try content.write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        try body(file)
    }

    @Test func readsUpToTheLimit() throws {
        let content = Data((0..<200_000).map { UInt8(truncatingIfNeeded: $0 / 7) })
        try withFile(content) { file in
            let read = try BoundedFile.contents(of: file, limit: 200_000)
            #expect(read == content)
            #expect(throws: BoundedFile.Failure.tooLarge(limit: 199_999)) {
                try BoundedFile.contents(of: file, limit: 199_999)
            }
        }
    }

    @Test func refusesWhatIsNoRegularFile() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let pipe = folder.appending(path: "pipe")
        #expect(mkfifo(pipe.path, 0o600) == 0)
        for place in [folder, pipe, URL(filePath: "/dev/zero")] {
            #expect(throws: BoundedFile.Failure.notRegular) {
                try BoundedFile.contents(of: place, limit: 100)
            }
        }
        #expect(throws: BoundedFile.Failure.missing) {
            try BoundedFile.contents(of: folder.appending(path: "none"), limit: 100)
        }
        #expect(throws: BoundedFile.Failure.missing) {
            try BoundedFile.contents(of: folder.appending(path: "pipe/inside"), limit: 100)
        }
    }

    @Test func handsOverLinesWithTheirNumbers() throws {
        // A line that is longer than a block, two kinds of ends, and none at the end of the file.
        let long = String(repeating: "ab", count: 70_000)
        try withFile(Data("one\n\r\n\n\(long)\r\nlast".utf8)) { file in
            var found: [Int: String] = [:]
            try BoundedFile.forEachLine(of: file, limit: 1 << 20, lineLimit: 1 << 20) {
                found[$1] = String(decoding: $0, as: UTF8.self)
            }
            #expect(found == [1: "one", 4: long, 5: "last"])
            #expect(throws: BoundedFile.Failure.longLine(number: 4, limit: 1000)) {
                try BoundedFile.forEachLine(of: file, limit: 1 << 20, lineLimit: 1000) { _, _ in }
            }
            #expect(throws: BoundedFile.Failure.tooLarge(limit: 70_000)) {
                try BoundedFile.forEachLine(of: file, limit: 70_000, lineLimit: 1 << 20) { _, _ in }
            }
            #expect(throws: CancellationError.self) {
                try BoundedFile.forEachLine(of: file, limit: 1 << 20, lineLimit: 1 << 20) { _, _ in
                    throw CancellationError()
                }
            }
        }
    }
}
