import Foundation

/// Cleans a text as `open_clip` does: `ftfy.fix_text`, HTML's entities twice, single spaces, lower case.
///
/// Of `ftfy` 6.3 everything is done but the repair of mojibake (`fix_encoding`), a search through encodings that a text
/// may have gone through by mistake.
struct OpenCLIPCleaning: Sendable {
    let entities: HTMLEntities

    /// A text may be escaped this many times over; what is left then stays, so that time stays linear.
    private static let escapeLimit = 32

    /// The words of a text, in lower case.
    func words(of text: String) -> [[TextScalar]] {
        let scalars = text.unicodeScalars.enumerated().map {
            TextScalar(scalar: $1, origin: $0)
        }
        let unescaped = entities.unescaped(entities.unescaped(repaired(scalars)))
        var spaced: [TextScalar] = []
        for word in unescaped.split(whereSeparator: { Self.isSpace($0.scalar) }) {
            if let first = word.first, !spaced.isEmpty {
                spaced.append(TextScalar(scalar: " ", origin: first.origin))
            }
            spaced += word
        }
        // The whole text at once: whether a sigma is a final one depends on what is behind the space.
        return TextNormalization.lowercased(spaced).split { $0.scalar == " " }.map(Array.init)
    }

    /// Line by line; from the first line with a `<` on, the text is taken for HTML and keeps its entities.
    private func repaired(_ text: [TextScalar]) -> [TextScalar] {
        var result: [TextScalar] = []
        var unescapes = true
        var begin = 0
        while begin < text.count {
            let end = text[begin...].firstIndex { $0.scalar == "\n" }.map { $0 + 1 } ?? text.count
            let line = Array(text[begin..<end])
            if line.contains(where: { $0.scalar == "<" }) { unescapes = false }
            result += repaired(line: line, unescapes: unescapes)
            begin = end
        }
        return result
    }

    private func repaired(line: [TextScalar], unescapes: Bool) -> [TextScalar] {
        var line = line
        for _ in 0..<Self.escapeLimit {
            let before = line
            if unescapes { line = entities.unescapedIfComplete(line) }
            line = Self.replaced(line)
            line = Self.withoutTerminalEscapes(line).filter { !Self.isDropped($0.scalar) }
            line = TextNormalization.composed(line)
            if line.elementsEqual(before, by: { $0.scalar == $1.scalar }) { break }
        }
        return line
    }

    // MARK: Single characters

    /// Ligatures, widths, quotation marks, and line ends in their plain forms.
    private static func replaced(_ line: [TextScalar]) -> [TextScalar] {
        var result: [TextScalar] = []
        result.reserveCapacity(line.count)
        for (index, item) in line.enumerated() {
            switch item.scalar.value {
            case 0x0D where index + 1 < line.count && line[index + 1].scalar == "\n": continue
            case 0x0D, 0x2028, 0x2029: result.append(TextScalar(scalar: "\n", origin: item.origin))
            case 0...0x7F: result.append(item)
            default:
                for scalar in plain(item.scalar) {
                    result.append(TextScalar(scalar: straight(scalar), origin: item.origin))
                }
            }
        }
        return result
    }

    private static func plain(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        switch scalar.value {
        case 0x80...0x9F: [HTMLEntities.windows1252(scalar)]
        case 0x3000: [" "]
        case 0xFF01...0xFFEF:
            Array(String(scalar).precomposedStringWithCompatibilityMapping.unicodeScalars)
        default: ligatures[scalar].map { Array($0.unicodeScalars) } ?? [scalar]
        }
    }

    private static func straight(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
        switch scalar.value {
        case 0x2BC, 0x2018...0x201B: "'"
        case 0x201C...0x201F: "\""
        default: scalar
        }
    }

    private static let ligatures: [Unicode.Scalar: String] = [
        "Ĳ": "IJ", "ĳ": "ij", "ŉ": "\u{2BC}n", "Ǳ": "DZ", "ǲ": "Dz", "ǳ": "dz", "Ǆ": "D\u{17D}",
        "ǅ": "D\u{17E}", "ǆ": "d\u{17E}", "Ǉ": "LJ", "ǈ": "Lj", "ǉ": "lj", "Ǌ": "NJ", "ǋ": "Nj",
        "ǌ": "nj", "ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "\u{17F}t",
        "ﬆ": "st",
    ]

    /// Control characters that nobody means, but those that separate words.
    private static func isDropped(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x206A...0x206F, 0xFEFF, 0xFFF9...0xFFFC: true
        default: false
        }
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        (0x1C...0x1F).contains(scalar.value) || scalar.properties.isWhitespace
    }

    // MARK: Terminals

    /// A text without `ESC [ 1 ; 31 m` and the like.
    private static func withoutTerminalEscapes(_ line: [TextScalar]) -> [TextScalar] {
        guard line.contains(where: { $0.scalar == "\u{1B}" }) else { return line }
        var result: [TextScalar] = []
        var index = 0
        while index < line.count {
            if let end = endOfTerminalEscape(line, at: index) {
                index = end
            } else {
                result.append(line[index])
                index += 1
            }
        }
        return result
    }

    private static func endOfTerminalEscape(_ line: [TextScalar], at index: Int) -> Int? {
        guard line[index].scalar == "\u{1B}", index + 1 < line.count, line[index + 1].scalar == "["
        else { return nil }
        let end = line[(index + 2)...].firstIndex {
            $0.scalar != ";" && $0.scalar.properties.generalCategory != .decimalNumber
        }
        guard let end, line[end].scalar.isASCII, line[end].scalar.properties.isAlphabetic else {
            return nil
        }
        return end + 1
    }
}
