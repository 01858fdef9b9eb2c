/// A text as the identifiers a text encoder reads.
public struct Tokenization: Sendable, Hashable {
    /// `contextLength` identifiers: start token, text, end token, padding.
    public let ids: [Int]
    /// Tokens of the whole text with start and end token, counted before truncation.
    public let tokenCount: Int
    /// The part of the text that did not fit, as the user wrote it; empty if everything did.
    ///
    /// It begins with the first word that has lost a token, so a word that is cut in two counts
    /// as lost.
    public let truncatedText: String

    /// Whether a part of the text is missing in ``ids``.
    public var isTruncated: Bool { tokenCount > ids.count }

    init(ids: [Int], tokenCount: Int, truncatedText: String) {
        self.ids = ids
        self.tokenCount = tokenCount
        self.truncatedText = truncatedText
    }
}
