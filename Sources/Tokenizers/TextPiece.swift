/// A part of a text that byte-pair encoding works on by itself.
struct TextPiece {
    enum Content: Equatable {
        /// The UTF-8 bytes of a word, a number or a run of signs.
        case word([UInt8])
        /// A token that is looked up as it stands.
        case token(String)
    }

    let content: Content
    /// Where the piece begins in the original text, in Unicode scalars.
    let origin: Int
}
