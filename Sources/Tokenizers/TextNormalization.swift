/// Canonical composition and lower case for one word, with the origins carried along.
enum TextNormalization {
    /// Normalization Form C of a word.
    static func composed(_ word: [TextScalar]) -> [TextScalar] {
        if word.allSatisfy({ $0.scalar.value < 0x300 }) { return word }
        return CanonicalComposition.compose(word)
    }

    /// Lower case of a word by the full Unicode mapping, final sigma included.
    static func lowercased(_ word: [TextScalar]) -> [TextScalar] {
        var result: [TextScalar] = []
        result.reserveCapacity(word.count)
        for (index, item) in word.enumerated() {
            switch item.scalar.value {
            case 0x41...0x5A:
                result.append(
                    TextScalar(
                        scalar: Unicode.Scalar(UInt8(item.scalar.value + 0x20)),
                        origin: item.origin))
            case 0...0x7F:
                result.append(item)
            case 0x3A3:
                let sigma: Unicode.Scalar = isFinal(index, in: word) ? "\u{3C2}" : "\u{3C3}"
                result.append(TextScalar(scalar: sigma, origin: item.origin))
            default:
                for scalar in item.scalar.properties.lowercaseMapping.unicodeScalars {
                    result.append(TextScalar(scalar: scalar, origin: item.origin))
                }
            }
        }
        return result
    }

    /// Whether a cased letter comes before `index` and none after, ignoring what has no case.
    private static func isFinal(_ index: Int, in word: [TextScalar]) -> Bool {
        func isCased(_ item: TextScalar?) -> Bool { item?.scalar.properties.isCased ?? false }
        func counts(_ item: TextScalar) -> Bool { !item.scalar.properties.isCaseIgnorable }
        return isCased(word[..<index].last(where: counts))
            && !isCased(word[(index + 1)...].first(where: counts))
    }
}
