// Files, programs and networks know scalars and bytes. Swift's `Character` joins what combines, so
// that "\u{600}/.." has no character "/", and `contains`, `split` and `hasSuffix` miss it.
extension StringProtocol {
    /// Splits at a scalar, whatever combines with it.
    package func split(
        at separator: Unicode.Scalar, maxSplits: Int = .max, omittingEmpty: Bool = true
    ) -> [String] {
        unicodeScalars.split(
            separator: separator, maxSplits: maxSplits, omittingEmptySubsequences: omittingEmpty
        ).map { part in
            var text = String.UnicodeScalarView()
            text.append(contentsOf: part)
            return String(text)
        }
    }

    /// Whether the scalar occurs, whatever combines with it.
    package func holds(_ scalar: Unicode.Scalar) -> Bool { unicodeScalars.contains(scalar) }

    /// Whether there is nothing but white space.
    package var isBlank: Bool { unicodeScalars.allSatisfy(\.properties.isWhitespace) }
}

extension String {
    /// Whether a path names a folder by its last slash.
    package var endsWithSlash: Bool { utf8.last == UInt8(ascii: "/") }

    /// The path without slashes at its end; `/` stays.
    package var withoutTrailingSlashes: String {
        let kept = unicodeScalars.reversed().drop { $0 == "/" }.reversed()
        guard !kept.isEmpty else { return isEmpty ? "" : "/" }
        var text = UnicodeScalarView()
        text.append(contentsOf: kept)
        return String(text)
    }

    /// What would let a relative path leave the folder that it is appended to; `nil` if nothing.
    ///
    /// Links are not followed.
    package var isInsideFolder: Bool {
        utf8.first != UInt8(ascii: "/") && !split(at: "/").contains("..")
    }
}
