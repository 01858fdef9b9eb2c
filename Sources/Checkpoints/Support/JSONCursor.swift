import Foundations

/// A strict reader of JSON text that walks forward over bytes and builds nothing unasked.
///
/// Foundation's decoders keep one of two members with the same name in silence; here that is an
/// error. Nothing recurses, so no text can exhaust the stack. Text outside of strings is ASCII and
/// each string is checked, hence all of the text is known to be valid UTF-8.
struct JSONCursor {
    /// How deep skipped values may be nested.
    static let depthLimit = 64

    let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next byte, without taking it.
    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// An error at the present position.
    func error(_ reason: String) -> JSONError { JSONError(offset: position, reason: reason) }

    mutating func skipWhitespace() {
        while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    /// Takes `character` if it comes next, after white space.
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipWhitespace()
        guard let next, UInt32(next) == character.value else { return false }
        position += 1
        return true
    }

    /// Takes `character`, which has to come next.
    mutating func expect(_ character: Unicode.Scalar) throws(JSONError) {
        guard take(character) else { throw error("expected '\(character)'") }
    }

    /// Takes white space up to the end of the text.
    mutating func expectEnd() throws(JSONError) {
        skipWhitespace()
        guard next == nil else { throw error("text after the closing brace") }
    }

    /// Reads an object; `member` gets each name and has to take the value.
    ///
    /// Names are compared as Swift does, so two names that differ only in how they compose the same
    /// accented letters count as duplicates too.
    mutating func readObject(
        _ member: (inout JSONCursor, String) throws(JSONError) -> Void
    ) throws(JSONError) {
        try expect("{")
        if take("}") { return }
        var seen: Set<String> = []
        repeat {
            skipWhitespace()
            let start = position
            let name = try readString()
            guard seen.insert(name).inserted else {
                throw JSONError(offset: start, reason: "the name \(name.quoted) occurs twice")
            }
            try expect(":")
            try member(&self, name)
        } while take(",")
        try expect("}")
    }

    /// Reads an array; `element` has to take one element.
    mutating func readArray(
        _ element: (inout JSONCursor) throws(JSONError) -> Void
    ) throws(JSONError) {
        try expect("[")
        if take("]") { return }
        repeat { try element(&self) } while take(",")
        try expect("]")
    }

    /// Reads a whole number from 0 to `Int.max`, written in digits only.
    mutating func readSize() throws(JSONError) -> Int {
        skipWhitespace()
        let start = position
        guard let first = next else { throw error("expected a number") }
        guard first != UInt8(ascii: "-") else { throw error("a size is negative") }
        var value = 0
        while let byte = next, case 0x30...0x39 = byte {
            let (tens, overflowed) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = tens.addingReportingOverflow(Int(byte - 0x30))
            guard !overflowed, !carried else {
                throw JSONError(offset: start, reason: "a number exceeds 63 bits")
            }
            value = sum
            position += 1
        }
        guard position > start else { throw error("expected a number") }
        if first == 0x30, position > start + 1 {
            throw JSONError(offset: start, reason: "a number begins with 0")
        }
        if let byte = next, byte == 0x2E || byte == 0x65 || byte == 0x45 {
            throw error("a size is not written as a whole number")
        }
        return value
    }

    /// Takes a value of any kind and checks its grammar, but keeps nothing of it.
    mutating func skipValue() throws(JSONError) {
        var closers: [Unicode.Scalar] = []
        repeat {
            skipWhitespace()
            switch next {
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                guard closers.count < Self.depthLimit else {
                    throw error("values are nested deeper than \(Self.depthLimit)")
                }
                let closer: Unicode.Scalar = next == UInt8(ascii: "{") ? "}" : "]"
                position += 1
                if !take(closer) {
                    closers.append(closer)
                    if closer == "}" { try skipName() }
                    continue
                }
            case UInt8(ascii: "\""):
                _ = try readString()
            default:
                try skipLiteral()
            }
            while let closer = closers.last {
                if take(",") {
                    if closer == "}" { try skipName() }
                    break
                }
                try expect(closer)
                closers.removeLast()
            }
        } while !closers.isEmpty
    }

    private mutating func skipName() throws(JSONError) {
        skipWhitespace()
        _ = try readString()
        try expect(":")
    }

    /// Takes `true`, `false`, `null` or a number.
    private mutating func skipLiteral() throws(JSONError) {
        for word in ["true", "false", "null"] where bytes[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return
        }
        if next == UInt8(ascii: "-") { position += 1 }
        if next == 0x30 { position += 1 } else { try skipDigits() }
        if next == UInt8(ascii: ".") {
            position += 1
            try skipDigits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            position += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
            try skipDigits()
        }
    }

    private mutating func skipDigits() throws(JSONError) {
        let start = position
        while let byte = next, case 0x30...0x39 = byte { position += 1 }
        guard position > start else { throw error("expected a value") }
    }

    /// Takes one byte, which has to be there.
    mutating func takeByte() throws(JSONError) -> UInt8 {
        guard let byte = next else { throw error("the text ends inside a value") }
        position += 1
        return byte
    }
}

/// Where JSON text breaks the rules, and which.
struct JSONError: Error, Hashable {
    /// Bytes from the start of the text.
    let offset: Int
    let reason: String
}
