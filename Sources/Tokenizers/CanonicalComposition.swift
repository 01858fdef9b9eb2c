import Foundation

/// Normalization Form C by the algorithm of the Unicode Standard, section "Normalization Forms".
///
/// Foundation is asked about one scalar or one pair at a time only. On whole words the Swift 6.3
/// runtime sorts the parts of U+0F73 wrongly, composes U+10423 as if it were U+0423 and U+1113 as
/// if it were a leading consonant, and takes minutes for a megabyte of marks.
enum CanonicalComposition {
    /// Decomposes a word, sorts its marks, and composes what belongs together.
    ///
    /// A composed scalar has the origin of its base. Takes O(n log n) steps.
    static func compose(_ word: [TextScalar]) -> [TextScalar] {
        var decomposed: [TextScalar] = []
        decomposed.reserveCapacity(word.count)
        for item in word {
            for scalar in decomposition(of: item.scalar) {
                decomposed.append(TextScalar(scalar: scalar, origin: item.origin))
            }
        }
        sortMarks(&decomposed)

        var result: [TextScalar] = []
        result.reserveCapacity(decomposed.count)
        var base: Int?  // in the result
        var lastClass: UInt8 = 0
        for item in decomposed {
            let itemClass = combiningClass(of: item.scalar)
            if let base, base == result.count - 1 || lastClass < itemClass,
                let composite = composite(of: result[base].scalar, item.scalar)
            {
                result[base].scalar = composite
                continue
            }
            if itemClass == 0 { base = result.count }
            lastClass = itemClass
            result.append(item)
        }
        return result
    }

    /// Puts each run of marks in the order of their classes; equal classes keep their order.
    private static func sortMarks(_ items: inout [TextScalar]) {
        var begin = 0
        while begin < items.count {
            guard combiningClass(of: items[begin].scalar) != 0 else {
                begin += 1
                continue
            }
            let end =
                items[begin...].firstIndex { combiningClass(of: $0.scalar) == 0 } ?? items.count
            let sorted = items[begin..<end].enumerated()
                .map { (class: combiningClass(of: $1.scalar), place: $0, item: $1) }
                .sorted { ($0.class, $0.place) < ($1.class, $1.place) }
            items.replaceSubrange(begin..<end, with: sorted.map(\.item))
            begin = end
        }
    }

    private static func combiningClass(of scalar: Unicode.Scalar) -> UInt8 {
        scalar.value < 0x300 ? 0 : scalar.properties.canonicalCombiningClass.rawValue
    }

    private static func decomposition(of scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        if scalar.value < 0xC0 { return [scalar] }
        return Array(String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars)
    }

    /// The scalar that a base and what follows it are composed to, if there is one.
    private static func composite(
        of base: Unicode.Scalar, _ mark: Unicode.Scalar
    ) -> Unicode.Scalar? {
        if mark.value < 0x300 { return nil }
        if let syllable = hangulSyllable(of: base.value, mark.value) { return syllable }
        let parts = decomposition(of: base) + decomposition(of: mark)
        var view = String.UnicodeScalarView()
        view.append(contentsOf: parts)
        let composed = String(view).precomposedStringWithCanonicalMapping.unicodeScalars
        guard let composite = composed.first, composed.count == 1 else { return nil }
        return decomposition(of: composite) == parts ? composite : nil
    }

    /// The syllable of a leading consonant and a vowel, or of these and a trailing consonant.
    private static func hangulSyllable(of base: UInt32, _ mark: UInt32) -> Unicode.Scalar? {
        switch (base, mark) {
        case (0x1100...0x1112, 0x1161...0x1175):
            Unicode.Scalar(0xAC00 + ((base - 0x1100) * 21 + mark - 0x1161) * 28)
        case (0xAC00...0xD7A3, 0x11A8...0x11C2) where (base - 0xAC00) % 28 == 0:
            Unicode.Scalar(base + mark - 0x11A7)
        default: nil
        }
    }
}
