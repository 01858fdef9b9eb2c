/// A Unicode scalar that remembers the place in the original text it comes from.
struct TextScalar {
    var scalar: Unicode.Scalar
    var origin: Int
}

extension Unicode.Scalar {
    /// Scalars that the clean-up removes: controls, formats, private and unassigned ones.
    var isDroppedFromText: Bool {
        switch value {
        case 0x09, 0x0A, 0x0D: return false
        case 0x20...0x7E: return false
        case 0xFFFD: return true
        default: break
        }
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned: return true
        default: return false
        }
    }

    /// Scalars that separate words once the dropped ones are gone.
    var separatesWords: Bool {
        switch value {
        case 0x09, 0x0A, 0x0D, 0x20: return true
        case 0x21...0x7E: return false
        default: break
        }
        switch properties.generalCategory {
        case .spaceSeparator, .lineSeparator, .paragraphSeparator: return true
        default: return false
        }
    }

    /// Ideographs, each of which is a word by itself.
    var isIdeographOfItsOwn: Bool {
        switch value {
        case 0x3400...0x4DBF, 0x4E00...0x9FFF, 0xF900...0xFAFF, 0x20000...0x2A6DF,
            0x2A700...0x2B73F, 0x2B740...0x2B81F, 0x2B820...0x2CEAF, 0x2F800...0x2FA1F:
            return true
        default: return false
        }
    }

    /// What a scalar is to the CLIP split pattern.
    enum PatternClass {
        case letter
        case number
        case sign
        /// Matches no part of the pattern and vanishes.
        case nothing
    }

    /// The class of a scalar of a cleaned, lower-case text without spaces.
    var patternClass: PatternClass {
        switch value {
        case 0x61...0x7A, 0x41...0x5A: return .letter
        case 0x30...0x39: return .number
        case 0x21...0x7E: return .sign
        // The reference pattern ignores case, and in it the combining iota is neither the mark
        // that it is nor the letter that it is a case of.
        case 0x345: return .nothing
        default: break
        }
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
            return .letter
        case .decimalNumber, .letterNumber, .otherNumber: return .number
        case .spaceSeparator, .lineSeparator, .paragraphSeparator: return .nothing
        default: return .sign
        }
    }
}
