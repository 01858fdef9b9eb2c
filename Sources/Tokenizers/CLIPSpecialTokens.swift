/// The tokens with a meaning of their own, by their text in the vocabulary.
public struct CLIPSpecialTokens: Sendable, Hashable {
    /// Comes before every text.
    public var start: String
    /// Comes after every text.
    public var end: String
    /// Stands for what the vocabulary lacks.
    public var unknown: String
    /// Fills the context after the end token.
    public var padding: String

    /// Makes a set of special tokens; the defaults are those of OpenAI's CLIP.
    public init(
        start: String = "<|startoftext|>",
        end: String = "<|endoftext|>",
        unknown: String = "<|endoftext|>",
        padding: String = "<|endoftext|>"
    ) {
        self.start = start
        self.end = end
        self.unknown = unknown
        self.padding = padding
    }

    /// What `open_clip` calls them; it fills the context with the identifier 0.
    public static let openCLIP = CLIPSpecialTokens(
        start: "<start_of_text>", end: "<end_of_text>", unknown: "<end_of_text>", padding: "!")
}
