import Testing

@testable import Checkpoints

/// Test vectors of NIST FIPS 180-4's examples, and lengths around the padding limits.
@Suite struct SHA256Tests {
    private func digest(_ bytes: [UInt8]) -> String {
        bytes.withUnsafeBytes { SHA256.hexDigest(of: $0) }
    }

    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ]) func agreesWithTheStandard(text: String, expected: String) {
        #expect(digest(Array(text.utf8)) == expected)
    }

    @Test func agreesOnAMillionLetters() {
        #expect(
            digest([UInt8](repeating: 0x61, count: 1_000_000))
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func doesNotDependOnThePieces() {
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        for size in [1, 3, 55, 56, 63, 64, 65, 127, 999] {
            var hash = SHA256()
            for start in stride(from: 0, to: bytes.count, by: size) {
                let piece = Array(bytes[start..<min(start + size, bytes.count)])
                piece.withUnsafeBytes { hash.update($0) }
            }
            #expect(hash.finish() == digest(bytes))
        }
    }
}
