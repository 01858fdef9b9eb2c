import Checkpoints
import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct SafetensorsMutationTests {
    /// Pieces that make a header wrong in more interesting ways than random bytes do.
    private static let pieces = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud800", "null", "-1", "0", "00",
        "18446744073709551616", "9223372036854775807", "1e9", "F64", "BOOL", "\"shape\":[0],",
        "__metadata__", "data_offsets", " ", "\n", "\u{0}", "\u{E9}", "[[[[[[[[", "[0,0]",
    ].map { Array($0.utf8) }

    /// Files damaged at random either are refused or are sound: they never end the process.
    @Test(arguments: 0..<4) func refusesOrReads(seed: UInt64) throws {
        let scratch = try Scratch()
        var random = SeededGenerator(state: seed)
        try SafetensorsWriter.write(
            [
                ("a.weight", .float32, [2, 3], [UInt8](repeating: 1, count: 24)),
                ("b", .int64, [], [UInt8](repeating: 2, count: 8)),
                ("empty", .bfloat16, [0, 7], []),
                ("mask", .bool, [5], [0, 1, 0, 1, 1]),
            ],
            metadata: ["format": "pt"], to: scratch.url("original"))
        let original = try Array(Data(contentsOf: scratch.url("original")))
        let headerLength = Int(original[0]) + Int(original[1]) << 8

        var (refused, sound) = (0, 0)
        for _ in 0..<mutationCount / 4 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                mutate(&bytes, headerLength: headerLength, using: &random)
            }
            let url = try scratch.put(bytes)
            // A new file each time: some file systems flush a file that is cut and written again.
            defer { unlink(url.path) }
            do {
                let file = try SafetensorsFile(url: url)
                try check(file, byteCount: bytes.count)
                sound += 1
            } catch let error as CheckpointError {
                #expect(error.description.hasPrefix(scratch.path()))
                #expect(!error.description.contains("\n"))
                refused += 1
            }
        }
        // Damage to the data leaves the file sound, most damage to the header does not.
        #expect(refused > mutationCount / 4 * 3 / 5)
        #expect(sound > mutationCount / 1000)
    }

    private func mutate(
        _ bytes: inout [UInt8], headerLength: Int, using random: inout SeededGenerator
    ) {
        guard !bytes.isEmpty else { return }
        let anywhere = Int.random(in: 0..<bytes.count, using: &random)
        let inHeader = min(8 + Int.random(in: 0..<headerLength, using: &random), bytes.count - 1)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: bytes[anywhere] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[inHeader] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: bytes.removeLast(anywhere)
        case 3:
            bytes[min(Int.random(in: 0..<8, using: &random), bytes.count - 1)] = .random(
                in: 0...255, using: &random)
        case 4:
            // Header bytes replaced, removed or inserted, with the length field kept right.
            let piece = Self.pieces.randomElement(using: &random) ?? []
            let end = min(inHeader + Int.random(in: 0...8, using: &random), bytes.count)
            bytes.replaceSubrange(inHeader..<end, with: piece)
            let length = Int(bytes[0]) + piece.count - (end - inHeader)
            bytes[0] = UInt8(truncatingIfNeeded: length)
        case 5:
            let digits = bytes.indices.filter { (0x30...0x39).contains(bytes[$0]) }
            guard let index = digits.randomElement(using: &random) else { return }
            bytes[index] = .random(in: 0x30...0x39, using: &random)
        case 6: bytes.append(.random(in: 0...255, using: &random))
        default: bytes.swapAt(anywhere, inHeader)
        }
    }

    /// Checks that an accepted file keeps every promise of `SafetensorsFile`.
    private func check(_ file: SafetensorsFile, byteCount: Int) throws {
        var total = 0
        for name in file.names {
            let entry = try #require(file.entries[name])
            #expect(
                entry.shape.reduce(entry.type.byteCount, *) == entry.byteRange.count)
            total += entry.byteRange.count
            let sum = try file.withBytes(of: name) { $0.reduce(0) { $0 &+ Int($1) } }
            #expect(sum >= 0)
            _ = checkpointError { try file.requireFinite(name) }
        }
        #expect(total <= byteCount - 8)
    }
}
