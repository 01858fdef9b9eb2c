import Checkpoints
import Foundation
import Glibc
import TestSupport
import Testing

/// Files of checkpoints, by default with the name of a safetensors file.
extension Scratch {
    func url() -> URL { url("t.safetensors") }

    func path() -> String { path("t.safetensors") }

    /// Puts bytes in a file of the folder.
    ///
    /// Not by `Data.write(to:)`, which waits for the disk: thousands of small files take minutes.
    func put(_ bytes: [UInt8], _ name: String = "t.safetensors") throws -> URL {
        let stream = try #require(fopen(path(name), "w"))
        let count = fwrite(bytes, 1, bytes.count, stream)
        try #require(fclose(stream) == 0 && count == bytes.count)
        return url(name)
    }

    /// Puts a safetensors file together by hand: length, header text, zeros as data.
    func put(
        header: String, dataLength: Int = 0, _ name: String = "t.safetensors"
    ) throws -> URL {
        try put(handmade(header: Array(header.utf8), dataLength: dataLength), name)
    }

}

func handmade(header: [UInt8], dataLength: Int = 0) -> [UInt8] {
    let length = UInt64(header.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + header
        + [UInt8](repeating: 0, count: dataLength)
}

/// The error that `body` ends with, if it is one of ours.
func checkpointError(_ body: () throws -> Void) -> CheckpointError? {
    do {
        try body()
        return nil
    } catch {
        return error as? CheckpointError
    }
}
