package import Foundation

/// How many damaged inputs each parser is given: 500, or what `ST2V_MUTATIONS` says.
package let mutationCount =
    ProcessInfo.processInfo.environment["ST2V_MUTATIONS"].flatMap { Int($0) } ?? 500

/// A small generator of random numbers that a seed repeats (SplitMix64 by Sebastiano Vigna).
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    package init(state: UInt64) { self.state = state }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return bits ^ bits >> 31
    }
}

/// Damaged copies of an input, the same for the same seed.
package struct Mutator {
    private var random: SeededGenerator

    package init(seed: UInt64) { random = SeededGenerator(state: seed) }

    /// Numbers at the borders of types, and words that are none.
    package static let numbers = [
        "0", "-0", "-1", "1", "2", "7", "64", "255", "65535", "65536", "1000000", "2147483647",
        "2147483648", "-2147483648", "4294967295", "4294967296", "9223372036854775807",
        "9223372036854775808", "-9223372036854775808", "18446744073709551615",
        "18446744073709551616", "4611686018427387904", "1e308", "-1e308", "1e-308", "1e400", "0.5",
        "1e18", "3.0", "NaN", "nan", "inf", "-Infinity", "null", "true", "\"8\"", "[]", "{}",
    ].map { Array($0.utf8) }

    private static let pieces: [[UInt8]] =
        [
            "", "\"", "\\", ",", ":", "{", "}", "[", "]", "null", "-", "\n", "\r\n", "\u{0}",
            "\\u0000", "\\ud800", "e\u{301}", "../", "/etc/passwd", " ",
            String(repeating: "[", count: 3000), String(repeating: "{\"a\":", count: 600),
            String(repeating: "a", count: 20_000), String(repeating: "9", count: 400),
        ].map { Array($0.utf8) }
        + [[0xFF], [0xC3], [0xED, 0xA0, 0x80], [0xF8, 0x88], [0xEF, 0xBB, 0xBF]]

    /// A copy with one to three faults.
    package mutating func mutated(_ input: [UInt8]) -> [UInt8] {
        var bytes = input
        for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty { damage(&bytes) }
        return bytes
    }

    private mutating func damage(_ bytes: inout [UInt8]) {
        switch Int.random(in: 0..<12, using: &random) {
        case 0: bytes[place(in: bytes)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes.removeSubrange(range(in: bytes))
        case 2:
            let part = Array(bytes[range(in: bytes)])
            bytes.insert(contentsOf: part, at: place(in: bytes))
        case 3: bytes.removeLast(place(in: bytes))
        case 4: bytes.insert(contentsOf: element(of: Self.pieces), at: place(in: bytes))
        case 5: bytes.replaceSubrange(range(in: bytes), with: element(of: Self.pieces))
        case 6: repeatMember(&bytes)
        default: replaceNumber(&bytes)
        }
    }

    /// Puts a number of another size, or no number, in the place of one.
    private mutating func replaceNumber(_ bytes: inout [UInt8]) {
        func isPart(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || byte == 0x2E }
        let starts = bytes.indices.filter {
            isPart(bytes[$0]) && ($0 == 0 || !isPart(bytes[$0 - 1]))
        }
        guard let start = starts.randomElement(using: &random) else { return }
        let end = bytes[start...].firstIndex { !isPart($0) } ?? bytes.endIndex
        bytes.replaceSubrange(start..<end, with: element(of: Self.numbers))
    }

    /// Writes a line or what is between two commas twice, so that a name occurs twice.
    private mutating func repeatMember(_ bytes: inout [UInt8]) {
        let ends = bytes.indices.filter { bytes[$0] == 0x2C || bytes[$0] == 0x0A }
        guard ends.count > 1 else { return }
        let index = Int.random(in: 1..<ends.count, using: &random)
        let member = Array(bytes[ends[index - 1]..<ends[index]])
        bytes.insert(contentsOf: member, at: ends[index])
    }

    private mutating func place(in bytes: [UInt8]) -> Int {
        Int.random(in: 0..<max(bytes.count, 1), using: &random)
    }

    private mutating func range(in bytes: [UInt8]) -> Range<Int> {
        let start = place(in: bytes)
        let isShort = Bool.random(using: &random)
        let most = min(isShort ? 8 : bytes.count, bytes.count - start)
        return start..<start + Int.random(in: 0...most, using: &random)
    }

    private mutating func element(of list: [[UInt8]]) -> [UInt8] {
        list.randomElement(using: &random) ?? []
    }
}

/// How a parser took its damaged inputs.
package struct MutationTally {
    /// Inputs that were read, and inputs that were refused.
    package var read = 0
    package var refused = 0
    /// The longest time that one took.
    package var slowest = Duration.zero

    /// Gives a parser damaged copies of an input; a trap ends the test process.
    ///
    /// - Parameters:
    ///   - count: how many; each has its own seed.
    ///   - isRefusal: whether an error is one that the parser may throw.
    /// - Throws: any other error of `parse`.
    package init(
        of input: some Sequence<UInt8>, count: Int = mutationCount, seed: UInt64 = 0,
        refusing isRefusal: (any Error) -> Bool, _ parse: ([UInt8]) throws -> Void
    ) throws {
        let bytes = Array(input)
        for number in 0..<count {
            var mutator = Mutator(seed: seed &+ UInt64(number))
            let damaged = mutator.mutated(bytes)
            let start = ContinuousClock.now
            do {
                try parse(damaged)
                read += 1
            } catch let error where isRefusal(error) {
                refused += 1
            }
            slowest = max(slowest, ContinuousClock.now - start)
        }
    }
}
