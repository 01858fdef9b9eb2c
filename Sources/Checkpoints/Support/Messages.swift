extension String {
    /// The text in quotation marks, fit for one line of a message.
    ///
    /// Names come from files that nobody has vouched for: control characters, which could forge
    /// lines of a log, become `\u{…}`, and the middle of long names is left out.
    var quoted: String { "\"\(oneLine)\"" }

    /// Like `quoted`, without the quotation marks.
    package var oneLine: String {
        let longest = 160
        var text = ""
        let scalars = unicodeScalars
        let isLong = scalars.count > longest
        let shown = isLong ? Array(scalars.prefix(100)) : Array(scalars)
        for scalar in shown { text += scalar.printable }
        if isLong {
            text += "…"
            for scalar in scalars.suffix(50) { text += scalar.printable }
        }
        return text
    }
}

extension Unicode.Scalar {
    /// The scalar itself, or its escape if it could change how the line is shown.
    fileprivate var printable: String {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse:
            "\\u{\(String(value, radix: 16))}"
        default:
            String(Character(self))
        }
    }
}
