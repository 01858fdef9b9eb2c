extension Unicode.Scalar {
    /// Whether the scalar could move the cursor, end the line, reorder text or hide.
    ///
    /// Joiners and variation selectors could only hide, but scripts and emoji need them.
    package var isUnsafeToShow: Bool {
        guard value >= 0x7F else { return value < 0x20 }
        let isJoiner = value == 0x200C || value == 0x200D
        let isAnnotation = (0xFFF9...0xFFFB).contains(value)
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: return true
        case .format, .unassigned:
            return properties.isNoncharacterCodePoint || isAnnotation
                || properties.isDefaultIgnorableCodePoint && !isJoiner
        default: return false
        }
    }

    /// The escape that Swift would read as this scalar: `\n`, `\u{1B}`.
    fileprivate var escape: String {
        switch self {
        case "\n": "\\n"
        case "\r": "\\r"
        case "\t": "\\t"
        default: "\\u{\(String(value, radix: 16, uppercase: true))}"
        }
    }
}

extension Sequence<Unicode.Scalar> {
    /// The scalars as text in which each unsafe one is an escape.
    fileprivate var visible: String {
        reduce(into: "") { text, scalar in
            if scalar.isUnsafeToShow {
                text += scalar.escape
            } else {
                text.unicodeScalars.append(scalar)
            }
        }
    }
}

extension String {
    /// One line that a terminal, a log or a reader can be given.
    ///
    /// Names, prompts and messages come from people and programs that nobody has vouched for. What
    /// could drive a terminal or forge a line becomes an escape: `\n`, `\u{1B}`, `\u{202E}`.
    package var visible: String { unicodeScalars.visible }

    /// The visible text without the middle of a long one.
    package var oneLine: String {
        let scalars = unicodeScalars
        guard scalars.count > 160 else { return visible }
        return scalars.prefix(100).visible + "…" + scalars.suffix(50).visible
    }

    /// ``oneLine`` in quotation marks.
    package var quoted: String { "\"\(oneLine)\"" }
}
