import Checkpoints
import Foundation
import Glibc
import TestSupport
import Testing

@Suite struct PyTorchMutationTests {
    /// Instructions and numbers that damage a pickle in more interesting ways than random bytes do.
    private static let pieces: [[UInt8]] = [
        [0x28], [0x29], [0x30], [0x31], [0x32], [0x52], [0x51], [0x74], [0x75], [0x85], [0x86],
        [0x87], [0x81], [0x8A, 8, 255, 255, 255, 255, 255, 255, 255, 127], [0x4A, 0, 0, 0, 128],
        [0x68, 0], [0x71, 0], [0x72, 255, 255, 255, 255], [0x58, 255, 255, 255, 255],
        [0x8D, 255, 255, 255, 255, 255, 255, 255, 255], [0x8B, 255, 255, 255, 255],
        [0x95, 0, 0, 0, 0, 0, 0, 0, 128], [0x4B, 0], [0x5D], [0x7D], [0x2E], [255, 255, 255, 255],
    ]

    /// Files damaged at random either are refused or are sound: they never end the process.
    @Test(arguments: ["training.ckpt", "plain.pt", "layer.bin", "legacy.pth"])
    func refusesOrReads(name: String) throws {
        let scratch = try Scratch()
        var random = SeededGenerator(state: UInt64(name.utf8.count))
        let original = try Array(
            Data(contentsOf: PyTorchFileTests.folder.appending(path: name)))
        var (refused, sound) = (0, 0)
        for _ in 0..<mutationCount / 4 {
            var bytes = original
            for _ in 0..<Int.random(in: 1...3, using: &random) { mutate(&bytes, using: &random) }
            let url = try scratch.put(bytes, "t.pth")
            defer { unlink(url.path) }
            do {
                try check(PyTorchFile(url: url), byteCount: bytes.count)
                sound += 1
            } catch let error as CheckpointError {
                #expect(error.description.hasPrefix(url.path))
                #expect(!error.description.contains("\n"))
                refused += 1
            }
        }
        #expect(refused > mutationCount / 40)
        #expect(sound > mutationCount / 1000)
    }

    private func mutate(_ bytes: inout [UInt8], using random: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[place] = .random(in: 0...255, using: &random)
        case 2: bytes.removeLast(min(Int.random(in: 0..<300, using: &random), bytes.count))
        case 3:
            // In place of what is there, so that offsets of a zip archive stay right.
            let piece = Self.pieces.randomElement(using: &random) ?? []
            let end = min(place + piece.count, bytes.count)
            bytes.replaceSubrange(place..<end, with: piece.prefix(end - place))
        case 4: bytes.swapAt(place, Int.random(in: 0..<bytes.count, using: &random))
        default:
            // The directory of a zip archive lies at the end.
            let tail = bytes.count - 1 - Int.random(in: 0..<min(bytes.count, 600), using: &random)
            bytes[tail] = .random(in: 0...255, using: &random)
        }
    }

    /// Checks that an accepted file keeps every promise of `PyTorchFile`.
    private func check(_ file: PyTorchFile, byteCount: Int) throws {
        #expect(!file.names.isEmpty)
        for name in file.names {
            let entry = try #require(file.entries[name])
            let count = entry.shape.reduce(entry.type.byteCount, *)
            #expect(entry.byteRange.lowerBound >= 0 && entry.byteRange.upperBound <= byteCount)
            #expect(count <= byteCount)
            #expect(try file.withBytes(of: name) { $0.count } == count)
            _ = checkpointError { try file.requireFinite(name) }
        }
    }
}
