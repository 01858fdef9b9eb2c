/// An enhancement that an enhancer can do: checked, with every default filled in, and its prompts as tokens.
///
/// ``VideoEnhancer/prepare(_:)`` makes it; nothing after that checks again.
public struct PreparedEnhancement: Sendable {
    /// How the video is enhanced.
    public let settings: EnhancementSettings

    /// Tokens of the prompt and the negative prompt.
    let tokens: [[Int]]
}
