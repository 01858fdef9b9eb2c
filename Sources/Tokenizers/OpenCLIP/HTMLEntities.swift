/// Replaces HTML's character references, by the rules and names of HTML 5.
///
/// Source: WHATWG, HTML Living Standard, section "Named character references", as Python's `html.unescape` reads it.
struct HTMLEntities: Sendable {
    /// Characters by name; names that may stand without a semicolon are there without and with it.
    private let named: [String: [Unicode.Scalar]]
    /// Names in capital letters that HTML does not have and that are clear all the same, as `EACUTE;`.
    private var capitals: [String: [Unicode.Scalar]] = [:]

    /// Reads lines of a name and the numbers of its characters, in hexadecimal digits.
    init(table: String) {
        var named: [String: [Unicode.Scalar]] = [:]
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ")
            named[String(fields[0])] = fields.dropFirst()
                .compactMap { UInt32($0, radix: 16).flatMap(Unicode.Scalar.init) }
        }
        self.named = named
        for (name, characters) in named where name.hasSuffix(";") && name == name.lowercased() {
            let capital = name.uppercased()
            guard longestName(in: Array(capital.unicodeScalars)) == nil else { continue }
            var text = String.UnicodeScalarView()
            text.append(contentsOf: characters)
            capitals[capital] = Array(String(text).uppercased().unicodeScalars)
        }
    }

    /// Replaces all references, also those without a semicolon where HTML allows that.
    func unescaped(_ text: [TextScalar]) -> [TextScalar] {
        replaced(text) { index in
            if let number = number(in: text, at: index) { return number }
            var end = index + 1
            while end < min(index + 33, text.count), Self.canBeInName(text[end].scalar) { end += 1 }
            guard end > index + 1 else { return nil }
            if end < text.count, text[end].scalar == ";" { end += 1 }
            let name = text[(index + 1)..<end].map(\.scalar)
            return longestName(in: name).map { ($0.characters, index + 1 + $0.length) }
        }
    }

    /// Replaces references with a semicolon only, also in capital letters, as `ftfy` does.
    func unescapedIfComplete(_ text: [TextScalar]) -> [TextScalar] {
        replaced(text) { index in
            var end = index + 1
            if end < text.count, text[end].scalar == "#" { end += 1 }
            let start = end
            while end < min(start + 24, text.count), Self.isLetterOrDigit(text[end].scalar) {
                end += 1
            }
            guard end > start, end < text.count, text[end].scalar == ";" else { return nil }
            let name = Self.string(text[(index + 1)...end].map(\.scalar))
            if let characters = named[name] ?? capitals[name] { return (characters, end + 1) }
            guard let number = number(in: text, at: index), number.end == end + 1,
                number.characters != [";"]
            else { return nil }
            return number
        }
    }

    /// What the bytes from 0x80 to 0x9F mean in Windows-1252; five of them mean nothing and stay.
    static func windows1252(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        guard (0x80...0x9F).contains(scalar.value) else { return scalar }
        let table: [UInt32] = [
            0x20AC, 0x81, 0x201A, 0x192, 0x201E, 0x2026, 0x2020, 0x2021, 0x2C6, 0x2030, 0x160,
            0x2039, 0x152, 0x8D, 0x17D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013,
            0x2014, 0x2DC, 0x2122, 0x161, 0x203A, 0x153, 0x9D, 0x17E, 0x178,
        ]
        return Unicode.Scalar(table[Int(scalar.value) - 0x80]) ?? scalar
    }

    // MARK: One reference

    private typealias Reference = (characters: [Unicode.Scalar], end: Int)

    private func replaced(
        _ text: [TextScalar], _ reference: (_ index: Int) -> Reference?
    ) -> [TextScalar] {
        guard text.contains(where: { $0.scalar == "&" }) else { return text }
        var result: [TextScalar] = []
        result.reserveCapacity(text.count)
        var index = 0
        while index < text.count {
            if text[index].scalar == "&", let (characters, end) = reference(index) {
                for scalar in characters {
                    result.append(TextScalar(scalar: scalar, origin: text[index].origin))
                }
                index = end
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return result
    }

    /// A reference by number, `&#38;` or `&#x26;`, that begins at `index`.
    private func number(in text: [TextScalar], at index: Int) -> Reference? {
        guard index + 1 < text.count, text[index + 1].scalar == "#" else { return nil }
        var end = index + 2
        let isHexadecimal = end < text.count && ["x", "X"].contains(text[end].scalar)
        if isHexadecimal { end += 1 }
        let start = end
        var number = 0
        while end < text.count, text[end].scalar.isASCII,
            let digit = Character(text[end].scalar).hexDigitValue, isHexadecimal || digit < 10
        {
            number = min(number * (isHexadecimal ? 16 : 10) + digit, 0x11_0000)
            end += 1
        }
        guard end > start else { return nil }
        if end < text.count, text[end].scalar == ";" { end += 1 }
        return (Self.characters(numbered: UInt32(number)), end)
    }

    private static func characters(numbered number: UInt32) -> [Unicode.Scalar] {
        guard number != 0, let scalar = Unicode.Scalar(number) else { return ["\u{FFFD}"] }
        switch number {
        case 0x80...0x9F: return [windows1252(scalar)]
        case 0x1...0x8, 0xB, 0xE...0x1F, 0x7F, 0xFDD0...0xFDEF: return []
        default: return number & 0xFFFE == 0xFFFE ? [] : [scalar]
        }
    }

    /// The longest name that `text` begins with, of two scalars at least unless it is all of `text`.
    private func longestName(
        in text: [Unicode.Scalar]
    ) -> (characters: [Unicode.Scalar], length: Int)? {
        for length in stride(from: text.count, to: 0, by: -1)
        where length == text.count || length > 1 {
            if let characters = named[Self.string(text[..<length])] { return (characters, length) }
        }
        return nil
    }

    private static func canBeInName(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "\t", "\n", "\u{C}", " ", "<", "&", "#", ";": false
        default: true
        }
    }

    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "0"..."9", "A"..."Z", "a"..."z": true
        default: false
        }
    }

    private static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}
