/// The 256 printable characters that stand for bytes in a byte-level vocabulary.
///
/// Printable Latin-1 bytes stand for themselves; the others take U+0100, U+0101, … in ascending
/// order, so that no symbol holds a space or a control character.
enum ByteAlphabet {
    /// Marks a symbol that ends a word.
    static let endOfWord = "</w>"

    /// The bytes in the order of the published vocabularies: those that stand for themselves first.
    static let publishedOrder: [UInt8] = {
        let own = (0...255).filter { standsForItself(UInt8($0)) }
        let moved = (0...255).filter { !standsForItself(UInt8($0)) }
        return (own + moved).map { UInt8($0) }
    }()

    /// The character of each byte.
    static let characters: [Unicode.Scalar] = {
        var table = [Unicode.Scalar](repeating: " ", count: 256)
        var moved: UInt32 = 256
        for byte in UInt8.min...UInt8.max {
            if standsForItself(byte) {
                table[Int(byte)] = Unicode.Scalar(byte)
            } else if let scalar = Unicode.Scalar(moved) {
                table[Int(byte)] = scalar
                moved += 1
            }
        }
        return table
    }()

    /// The byte of each character.
    static let bytes: [Unicode.Scalar: UInt8] = {
        var table: [Unicode.Scalar: UInt8] = [:]
        for byte in UInt8.min...UInt8.max { table[characters[Int(byte)]] = byte }
        return table
    }()

    private static func standsForItself(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: true
        default: false
        }
    }
}
