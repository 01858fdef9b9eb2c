extension JSONCursor {
    /// Reads a string: escapes undone, UTF-8 checked, no bare control characters.
    mutating func readString() throws(JSONError) -> String {
        guard take("\"") else { throw error("expected a string") }
        let start = position
        var text: [UInt8] = []
        var copied = start  // everything before is in `text`
        while true {
            switch try takeByte() {
            case UInt8(ascii: "\""):
                text += bytes[copied..<position - 1]
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw JSONError(offset: start, reason: "a string is not valid UTF-8")
                }
                return string
            case UInt8(ascii: "\\"):
                text += bytes[copied..<position - 1]
                text += Array(String(Character(try readEscape())).utf8)
                copied = position
            case 0..<0x20:
                throw error("a string holds a bare control character")
            default:
                continue
            }
        }
    }

    /// Reads what follows a backslash.
    private mutating func readEscape() throws(JSONError) -> Unicode.Scalar {
        switch try takeByte() {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try readUnicodeEscape()
        default: throw error("unknown escape in a string")
        }
    }

    /// Reads the four digits after `\u`, and a second escape after the first half of a pair.
    private mutating func readUnicodeEscape() throws(JSONError) -> Unicode.Scalar {
        var value = try readFourHexDigits()
        if case 0xD800..<0xDC00 = value {
            guard try takeByte() == UInt8(ascii: "\\"), try takeByte() == UInt8(ascii: "u"),
                case let low = try readFourHexDigits(), case 0xDC00..<0xE000 = low
            else { throw error("half of a surrogate pair in a string") }
            value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(value) else {
            throw error("half of a surrogate pair in a string")
        }
        return scalar
    }

    private mutating func readFourHexDigits() throws(JSONError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            let byte = try takeByte()
            guard byte < 0x80, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("expected a hexadecimal digit")
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
