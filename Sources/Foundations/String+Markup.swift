// All of these look at scalars: a mark that combines with `<` makes another `Character` of it, but
// no other tag.
extension String {
    /// The text as HTML, SVG or an attribute in double or single quotes.
    package var escapedForHTML: String {
        unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "&": text += "&amp;"
            case "<": text += "&lt;"
            case ">": text += "&gt;"
            case "\"": text += "&quot;"
            case "'": text += "&#39;"
            case "\n", "\r", "\t": text.unicodeScalars.append(scalar)
            default: text += String(scalar).visible
            }
        }
    }

    /// The text as Markdown, inside a line or a cell of a table.
    ///
    /// Underscores stay, because names have them; all that they could add is emphasis.
    package var escapedForMarkdown: String {
        visible.unicodeScalars.reduce(into: "") { text, scalar in
            if "\\`*[]<>|&~$".unicodeScalars.contains(scalar) { text += "\\" }
            text.unicodeScalars.append(scalar)
        }
    }

    /// The text as a code span of Markdown.
    package var markdownCode: String {
        var (run, longest) = (0, 0)
        for byte in utf8 {
            run = byte == UInt8(ascii: "`") ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        let space = longest > 0 ? " " : ""
        return fence + space + visible + space + fence
    }
}
