extension CLIPTokenizer {
    /// Tokens of the published vocabulary.
    public static let publishedVocabularySize = 49_408

    /// The tokenizer of OpenAI's CLIP, for models that bring no tokenizer files.
    ///
    /// With `.transformers` it is configured as in text-to-video-ms-1.7b, with `.openCLIP` as the release's enhancer uses
    /// it: both fill the context with the identifier 0, and the former also reads every `!` of a text as that.
    ///
    /// - Throws: `TokenizerError.missingResource` if the vocabulary is not beside the program.
    public static func published(
        _ cleaning: CLIPTextCleaning
    ) throws(TokenizerError) -> CLIPTokenizer {
        let merges = try CLIPTokenizerFiles.readMerges(TokenizerResource.clipMerges.file())
        let special =
            cleaning == .openCLIP ? CLIPSpecialTokens.openCLIP : CLIPSpecialTokens(padding: "!")
        let bytes = ByteAlphabet.publishedOrder.map { String(ByteAlphabet.characters[Int($0)]) }
        let tokens =
            bytes + bytes.map { $0 + ByteAlphabet.endOfWord } + merges.map { $0.left + $0.right }
            + [special.start, special.end]
        let vocabulary = Dictionary(zip(tokens, tokens.indices), uniquingKeysWith: { $1 })
        return try CLIPTokenizer(
            vocabulary: vocabulary, merges: merges, specialTokens: special, cleaning: cleaning)
    }
}
