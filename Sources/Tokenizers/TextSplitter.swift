/// Cuts a text into the pieces that byte-pair encoding works on.
///
/// Cleaned words are split into special tokens, contractions, letters, single digits and runs of signs.
///
/// As by the CLIP tokenizer of Hugging Face transformers written in Python, in an installation without the `ftfy` package,
/// added tokens are taken out of the text as it stands, then control characters are dropped, ideographs stand alone, and
/// words are composed (NFC) and lower-cased. `open_clip` cleans a text in other ways, see ``OpenCLIPCleaning``, and has no
/// added tokens.
struct TextSplitter: Sendable {
    /// Tokens that are found in the text before anything else, the longest first.
    private let addedTokens: [[Unicode.Scalar]]
    /// Tokens that the split pattern knows.
    private let patternTokens: [[Unicode.Scalar]]
    private let openCLIP: OpenCLIPCleaning?

    private static let contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"]
        .map { Array($0.unicodeScalars) }

    init(
        addedTokens: some Sequence<String>, cleaning: CLIPTextCleaning
    ) throws(TokenizerError) {
        let patterns: [String]
        switch cleaning {
        case .transformers:
            self.addedTokens =
                addedTokens
                .map { Array($0.unicodeScalars) }
                .filter { !$0.isEmpty }
                .sorted { $0.count > $1.count }
            openCLIP = nil
            patterns = ["<|startoftext|>", "<|endoftext|>"]
        case .openCLIP:
            self.addedTokens = []
            openCLIP = OpenCLIPCleaning(
                entities: HTMLEntities(table: try TokenizerResource.htmlEntities.text()))
            patterns = [CLIPSpecialTokens.openCLIP.start, CLIPSpecialTokens.openCLIP.end]
        }
        patternTokens = patterns.map { Array($0.unicodeScalars) }
    }

    /// The pieces of `text` in order.
    func pieces(of text: String) -> [TextPiece] {
        if let openCLIP {
            var pieces: [TextPiece] = []
            for word in openCLIP.words(of: text) { split(word, into: &pieces) }
            return pieces
        }
        let scalars = Array(text.unicodeScalars)
        var pieces: [TextPiece] = []
        var word: [TextScalar] = []
        func endWord() {
            if word.isEmpty { return }
            let lowercased = TextNormalization.lowercased(TextNormalization.composed(word))
            split(lowercased, into: &pieces)
            word.removeAll(keepingCapacity: true)
        }

        var index = 0
        while index < scalars.count {
            let scalar = scalars[index]
            let item = TextScalar(scalar: scalar, origin: index)
            if let token = addedTokens.first(where: { scalars[index...].starts(with: $0) }) {
                endWord()
                pieces.append(TextPiece(content: .token(Self.string(token)), origin: index))
                index += token.count
                continue
            }
            index += 1
            if scalar.isDroppedFromText { continue }
            if scalar.separatesWords {
                endWord()
            } else if scalar.isIdeographOfItsOwn {
                endWord()
                word.append(item)
                endWord()
            } else {
                word.append(item)
            }
        }
        endWord()
        return pieces
    }

    /// Applies the CLIP split pattern to a word.
    private func split(_ word: [TextScalar], into pieces: inout [TextPiece]) {
        var index = 0
        while index < word.count {
            let start = index
            if let token = patternTokens.first(where: { Self.matches($0, word, at: start) }) {
                index += token.count
                // A look-alike with a long s matches the pattern but is no token.
                let found = Self.string(word[start..<index].map(\.scalar))
                let isToken = found == Self.string(token)
                pieces.append(
                    TextPiece(
                        content: isToken ? .token(found) : .word(Array(found.utf8)),
                        origin: word[start].origin))
                continue
            }
            if let contraction = Self.contractions.first(where: {
                Self.matches($0, word, at: start)
            }) {
                index += contraction.count
            } else {
                let kind = word[index].scalar.patternClass
                index += 1
                switch kind {
                case .nothing: continue
                case .number: break
                case .letter, .sign:
                    while index < word.count, word[index].scalar.patternClass == kind { index += 1 }
                }
            }
            let bytes = Array(Self.string(word[start..<index].map(\.scalar)).utf8)
            pieces.append(TextPiece(content: .word(bytes), origin: word[start].origin))
        }
    }

    /// Whether `literal` stands at `index`; the long s counts as an s, as when case is ignored.
    private static func matches(
        _ literal: [Unicode.Scalar], _ word: [TextScalar], at index: Int
    ) -> Bool {
        guard index + literal.count <= word.count else { return false }
        return literal.indices.allSatisfy { offset in
            let scalar = word[index + offset].scalar
            return scalar == literal[offset] || (scalar == "\u{17F}" && literal[offset] == "s")
        }
    }

    private static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}
