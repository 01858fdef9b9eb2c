import Foundation

/// The hash function SHA-256, fed piece by piece.
///
/// Source: NIST FIPS 180-4, "Secure Hash Standard". Own code rather than swift-crypto, which would
/// compile all of BoringSSL for this one function.
package struct SHA256 {
    /// The first primes; the constants of the standard are digits of their roots.
    private static let primes: [Int] = (2...311).filter { n in
        !(2..<n).contains { n.isMultiple(of: $0) }
    }
    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static let roundConstants = primes.map { fraction(cbrt(Double($0))) }
    /// The first 32 bits of the fractional parts of the square roots of the first 8 primes.
    private static let initialState = primes.prefix(8).map { fraction(Double($0).squareRoot()) }

    /// 32 bits after the point; a `Double` this small has more than 48 of them.
    private static func fraction(_ root: Double) -> UInt32 {
        UInt32((root - root.rounded(.down)) * 0x1p32)
    }

    private var state = Self.initialState
    private var pending: [UInt8] = []  // fewer than 64 bytes
    private var length: UInt64 = 0

    /// A hash of no bytes yet.
    package init() {}

    /// Hashes all of `bytes` and returns 64 lowercase hexadecimal digits.
    package static func hexDigest(of bytes: UnsafeRawBufferPointer) -> String {
        var hash = SHA256()
        hash.update(bytes)
        return hash.finish()
    }

    /// Takes in the next bytes.
    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        length += UInt64(bytes.count)
        var rest = bytes[...]
        if !pending.isEmpty {
            let needed = min(64 - pending.count, rest.count)
            pending += rest.prefix(needed)
            rest = rest.dropFirst(needed)
            guard pending.count == 64 else { return }
            let block = pending
            block.withUnsafeBytes { absorb($0) }
            pending.removeAll(keepingCapacity: true)
        }
        let whole = rest.count & ~63
        absorb(UnsafeRawBufferPointer(rebasing: rest.prefix(whole)))
        pending += rest.dropFirst(whole)
    }

    /// Returns the hash as 64 lowercase hexadecimal digits.
    package consuming func finish() -> String {
        let bits = length << 3
        var tail = pending + [0x80]
        while tail.count % 64 != 56 { tail.append(0) }
        tail += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * $0)) }
        tail.withUnsafeBytes { absorb($0) }
        return state.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    /// Mixes whole blocks of 64 bytes into the state.
    private mutating func absorb(_ blocks: UnsafeRawBufferPointer) {
        guard let start = blocks.baseAddress else { return }
        Self.roundConstants.withUnsafeBufferPointer { constants in
            withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
                var h = (
                    state[0], state[1], state[2], state[3], state[4], state[5], state[6], state[7]
                )
                for offset in stride(from: 0, to: blocks.count, by: 64) {
                    Self.fill(schedule, from: start + offset)
                    var (a, b, c, d, e, f, g, i) = h
                    for round in 0..<64 {
                        let choice = (e & f) ^ (~e & g)
                        let majority = (a & b) ^ (a & c) ^ (b & c)
                        let e6 = Self.rotated(e, 6) ^ Self.rotated(e, 11) ^ Self.rotated(e, 25)
                        let a2 = Self.rotated(a, 2) ^ Self.rotated(a, 13) ^ Self.rotated(a, 22)
                        let first = i &+ e6 &+ choice &+ constants[round] &+ schedule[round]
                        (i, g, f, e) = (g, f, e, d &+ first)
                        (d, c, b, a) = (c, b, a, first &+ a2 &+ majority)
                    }
                    h = (
                        h.0 &+ a, h.1 &+ b, h.2 &+ c, h.3 &+ d,
                        h.4 &+ e, h.5 &+ f, h.6 &+ g, h.7 &+ i
                    )
                }
                state = [h.0, h.1, h.2, h.3, h.4, h.5, h.6, h.7]
            }
        }
    }

    /// Spreads one block over the 64 words of the message schedule.
    @inline(__always)
    private static func fill(
        _ schedule: UnsafeMutableBufferPointer<UInt32>, from block: UnsafeRawPointer
    ) {
        for word in 0..<16 {
            let bits = block.loadUnaligned(fromByteOffset: 4 * word, as: UInt32.self)
            schedule[word] = UInt32(bigEndian: bits)
        }
        for word in 16..<64 {
            let (old, recent) = (schedule[word - 15], schedule[word - 2])
            let small = rotated(old, 7) ^ rotated(old, 18) ^ (old >> 3)
            let large = rotated(recent, 17) ^ rotated(recent, 19) ^ (recent >> 10)
            schedule[word] = schedule[word - 16] &+ small &+ schedule[word - 7] &+ large
        }
    }

    @inline(__always)
    private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word &>> count | word &<< (32 &- count)
    }
}
