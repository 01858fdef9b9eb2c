/// The name that git gives to a file's contents: SHA-1 of `blob`, the length, a zero byte, and the contents.
///
/// Source: NIST FIPS 180-4, "Secure Hash Standard", and "Git Objects" in Pro Git. SHA-1 finds damage; it does not
/// keep out a forger, which is why the hub names large files by SHA-256.
struct GitBlobHash {
    private var state: [UInt32] = [0x6745_2301, 0xEFCD_AB89, 0x98BA_DCFE, 0x1032_5476, 0xC3D2_E1F0]
    private var pending: [UInt8] = []  // fewer than 64 bytes
    private var length: UInt64 = 0

    /// - Parameter byteCount: the length of the contents that follow.
    init(byteCount: Int) {
        Array("blob \(byteCount)\0".utf8).withUnsafeBytes { update($0) }
    }

    /// Takes in the next bytes.
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        length += UInt64(bytes.count)
        pending += bytes
        var start = 0
        while pending.count - start >= 64 {
            absorb(pending[start..<start + 64])
            start += 64
        }
        pending.removeFirst(start)
    }

    /// Returns the hash as 40 lowercase hexadecimal digits.
    consuming func finish() -> String {
        let bits = length << 3
        var tail = pending + [0x80]
        while tail.count % 64 != 56 { tail.append(0) }
        tail += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * $0)) }
        for start in stride(from: 0, to: tail.count, by: 64) { absorb(tail[start..<start + 64]) }
        return state.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    /// Mixes one block of 64 bytes into the state.
    private mutating func absorb(_ block: ArraySlice<UInt8>) {
        var schedule = [UInt32](repeating: 0, count: 80)
        for (index, byte) in block.enumerated() {
            schedule[index / 4] = schedule[index / 4] << 8 | UInt32(byte)
        }
        for word in 16..<80 {
            let mixed =
                schedule[word - 3] ^ schedule[word - 8] ^ schedule[word - 14] ^ schedule[word - 16]
            schedule[word] = Self.rotated(mixed, 1)
        }
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        for round in 0..<80 {
            let (function, constant): (UInt32, UInt32) =
                switch round / 20 {
                case 0: ((b & c) | (~b & d), 0x5A82_7999)
                case 1: (b ^ c ^ d, 0x6ED9_EBA1)
                case 2: ((b & c) | (b & d) | (c & d), 0x8F1B_BCDC)
                default: (b ^ c ^ d, 0xCA62_C1D6)
                }
            let next = Self.rotated(a, 5) &+ function &+ e &+ constant &+ schedule[round]
            (e, d, c, b, a) = (d, c, Self.rotated(b, 30), a, next)
        }
        for (index, word) in [a, b, c, d, e].enumerated() { state[index] &+= word }
    }

    private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word &<< count | word &>> (32 &- count)
    }
}
