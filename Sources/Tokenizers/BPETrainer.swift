/// Learns a byte-level vocabulary with `</w>` from texts.
///
/// Source: Sennrich et al., Neural Machine Translation of Rare Words with Subword Units, section
/// "Byte Pair Encoding (BPE)".
public enum BPETrainer {
    /// Entries of the smallest vocabulary: each byte inside and at the end of a word, start and end.
    public static let minimumVocabularySize = 514
    /// Entries of the largest vocabulary.
    public static let maximumVocabularySize = 2_048

    /// Merges the most frequent pair until the vocabulary is full or no pair occurs twice.
    ///
    /// The same texts give the same result: of equally frequent pairs the first by spelling is
    /// taken. Identifiers follow the published layout: bytes, bytes at the end of a word, merged
    /// symbols, start token, end token.
    ///
    /// - Parameters:
    ///   - texts: Texts, treated as ``CLIPTokenizer/encode(_:)`` treats them.
    ///   - vocabularySize: Entries of the vocabulary, at most.
    /// - Returns: The identifier of each token, and the merge rules.
    /// - Throws: `TokenizerError.invalidParameter` if the size is out of range.
    public static func train(
        texts: some Sequence<String>, vocabularySize: Int
    ) throws(TokenizerError) -> (vocabulary: [String: Int], merges: [BPEMerge]) {
        guard (minimumVocabularySize...maximumVocabularySize).contains(vocabularySize) else {
            throw .invalidParameter(
                name: "vocabularySize", value: vocabularySize,
                rule: "must be from \(minimumVocabularySize) to \(maximumVocabularySize)")
        }
        let special = CLIPSpecialTokens()
        let splitter = try TextSplitter(
            addedTokens: [special.start, special.end], cleaning: .transformers)
        var frequencies: [[UInt8]: Int] = [:]
        for text in texts {
            for case .word(let bytes) in splitter.pieces(of: text).map(\.content) {
                frequencies[bytes, default: 0] += 1
            }
        }

        var corpus = BPECorpus(frequencies: frequencies)
        var merges: [BPEMerge] = []
        while corpus.symbols.count + 2 < vocabularySize, let merge = corpus.mergeMostFrequentPair()
        {
            merges.append(merge)
        }
        var vocabulary: [String: Int] = [:]
        for symbol in corpus.symbols + [special.start, special.end] {
            vocabulary[symbol] = vocabulary.count
        }
        return (vocabulary, merges)
    }
}
