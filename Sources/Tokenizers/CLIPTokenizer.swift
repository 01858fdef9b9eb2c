public import Foundation

/// The byte-pair encoder of CLIP text encoders.
///
/// It gives the identifiers that `CLIPTokenizer` of Hugging Face transformers 4 (the version in
/// Python, without the `ftfy` package) gives for the same files, or those of `open_clip`; see
/// ``CLIPTextCleaning``. Source: Radford et al., Learning
/// Transferable Visual Models From Natural Language Supervision, section "Choosing and Scaling a
/// Model"; Sennrich et al., Neural Machine Translation of Rare Words with Subword Units.
public struct CLIPTokenizer: Sendable {
    /// Texts above this size are refused, in UTF-8 bytes.
    public static let maximumTextSize = 1 << 20

    /// The identifier of each token of `vocab.json`.
    public let vocabulary: [String: Int]
    /// The merge rules, the first applied first.
    public let merges: [BPEMerge]
    /// The tokens with a meaning of their own.
    public let specialTokens: CLIPSpecialTokens
    /// Tokens that are taken out of a text before it is split, with their identifiers.
    public let addedTokens: [String: Int]
    /// Identifiers in an encoding.
    public let contextLength: Int
    /// The identifier of the start token.
    public let startIdentifier: Int
    /// The identifier of the end token.
    public let endIdentifier: Int
    /// The identifier that stands for what the vocabulary lacks.
    public let unknownIdentifier: Int
    /// The identifier after the end token.
    public let paddingIdentifier: Int

    private let table: MergeTable
    private let symbolIdentifiers: [Int]  // by symbol of the table
    private let splitter: TextSplitter
    private let tokens: [Int: String]

    /// Reads a tokenizer folder as diffusers publishes it.
    ///
    /// `vocab.json` and `merges.txt` are needed; `special_tokens_map.json`, `tokenizer_config.json`
    /// and `added_tokens.json` are read if they exist. `special_tokens_map.json` wins over
    /// `tokenizer_config.json` unless the latter lists its added tokens itself, which is how
    /// transformers decides.
    ///
    /// - Parameters:
    ///   - folder: The folder `tokenizer` of a model.
    ///   - contextLength: Identifiers in an encoding; by default what the configuration says, or 77.
    ///   - paddingIdentifier: What follows the end token; by default the padding token of the files.
    /// - Throws: `TokenizerError` for a missing or corrupt file.
    public init(
        folder: URL, contextLength: Int? = nil, paddingIdentifier: Int? = nil
    ) throws(TokenizerError) {
        let files = try CLIPTokenizerFiles(folder: folder)
        try self.init(
            vocabulary: files.vocabulary, merges: files.merges,
            specialTokens: files.specialTokens, addedTokens: files.addedTokens,
            contextLength: contextLength ?? files.contextLength ?? 77,
            paddingIdentifier: paddingIdentifier)
    }

    /// Makes a tokenizer of a vocabulary and its merge rules.
    ///
    /// - Parameters:
    ///   - vocabulary: The identifier of each token.
    ///   - merges: The merge rules, the first applied first.
    ///   - specialTokens: The tokens with a meaning of their own.
    ///   - addedTokens: Further tokens that are taken out of a text before it is split.
    ///   - contextLength: Identifiers in an encoding.
    ///   - paddingIdentifier: What follows the end token; by default that of the padding token.
    ///   - cleaning: How a text is cleaned before it is split.
    /// - Throws: `TokenizerError` if a special token has no identifier or a number is out of range.
    public init(
        vocabulary: [String: Int], merges: [BPEMerge], specialTokens: CLIPSpecialTokens = .init(),
        addedTokens: [String: Int] = [:], contextLength: Int = 77, paddingIdentifier: Int? = nil,
        cleaning: CLIPTextCleaning = .transformers
    ) throws(TokenizerError) {
        guard (3...65_536).contains(contextLength) else {
            throw .invalidParameter(
                name: "contextLength", value: contextLength, rule: "must be from 3 to 65536")
        }
        let known = addedTokens.merging(vocabulary) { added, _ in added }
        guard let start = known[specialTokens.start] else {
            throw .missingToken(role: "start", token: specialTokens.start)
        }
        guard let end = known[specialTokens.end] else {
            throw .missingToken(role: "end", token: specialTokens.end)
        }
        let unknown = known[specialTokens.unknown] ?? end
        guard let padding = paddingIdentifier ?? known[specialTokens.padding] else {
            throw .missingToken(role: "padding", token: specialTokens.padding)
        }
        guard padding >= 0 else {
            throw .invalidParameter(
                name: "paddingIdentifier", value: padding, rule: "must not be negative")
        }
        var added = addedTokens
        for token in [
            specialTokens.start, specialTokens.end, specialTokens.unknown, specialTokens.padding,
        ] { added[token] = known[token] }

        self.vocabulary = vocabulary
        self.merges = merges
        self.specialTokens = specialTokens
        self.addedTokens = added
        self.contextLength = contextLength
        startIdentifier = start
        endIdentifier = end
        unknownIdentifier = unknown
        self.paddingIdentifier = padding
        table = MergeTable(merges: merges)
        symbolIdentifiers = table.symbols.map { known[$0] ?? unknown }
        splitter = try TextSplitter(addedTokens: added.keys, cleaning: cleaning)
        tokens = Dictionary(known.map { ($0.value, $0.key) }, uniquingKeysWith: min)
    }

    /// The identifiers of a text, cut or padded to the context.
    ///
    /// Characters that the vocabulary lacks become the unknown token; no text is refused for what
    /// it says.
    ///
    /// - Throws: `TokenizerError.textTooLong` above ``maximumTextSize``.
    public func encode(_ text: String) throws(TokenizerError) -> Tokenization {
        let size = text.utf8.count
        guard size <= Self.maximumTextSize else {
            throw .textTooLong(size: size, limit: Self.maximumTextSize)
        }
        let room = contextLength - 2
        var body: [Int] = []
        var firstLost: Int?  // where the first piece that lost a token begins
        for piece in splitter.pieces(of: text) {
            body += identifiers(of: piece.content)
            if body.count > room, firstLost == nil { firstLost = piece.origin }
        }
        let kept = body.prefix(room)
        let padding = repeatElement(paddingIdentifier, count: room - kept.count)
        return Tokenization(
            ids: [startIdentifier] + kept + [endIdentifier] + padding,
            tokenCount: body.count + 2,
            truncatedText: firstLost.map { Self.tail(of: text, from: $0) } ?? "")
    }

    /// The text of identifiers: lower-case words with a space after each.
    ///
    /// Start, end, padding and other special tokens are left out.
    ///
    /// - Throws: `TokenizerError.unknownIdentifier` for an identifier outside the vocabulary.
    public func decode(_ ids: [Int]) throws(TokenizerError) -> String {
        let special: Set = [startIdentifier, endIdentifier, unknownIdentifier, paddingIdentifier]
        var bytes: [UInt8] = []
        for identifier in ids {
            guard let token = tokens[identifier] else { throw .unknownIdentifier(identifier) }
            if special.contains(identifier) { continue }
            for scalar in token.unicodeScalars {
                if let byte = ByteAlphabet.bytes[scalar] {
                    bytes.append(byte)
                } else {
                    bytes += Array(String(scalar).utf8)
                }
            }
        }
        // Byte by byte: a combining mark behind the end of a word would hide it from a string.
        let spaced = bytes.replacing(ByteAlphabet.endOfWord.utf8, with: " ".utf8)
        return String(decoding: spaced, as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Writes `vocab.json`, `merges.txt`, `special_tokens_map.json` and `tokenizer_config.json`.
    ///
    /// Added tokens outside the vocabulary go to `added_tokens.json`, a padding identifier other
    /// than the padding token's is written as the token it belongs to.
    ///
    /// - Parameter folder: The folder to write to; it is made if it does not exist.
    /// - Throws: `TokenizerError.unwritableFile`, or `unknownIdentifier` if no token has the padding
    ///   identifier.
    public func write(to folder: URL) throws(TokenizerError) {
        guard let padding = tokens[paddingIdentifier] else {
            throw .unknownIdentifier(paddingIdentifier)
        }
        var specialTokens = specialTokens
        let named = addedTokens[specialTokens.padding] ?? vocabulary[specialTokens.padding]
        if named != paddingIdentifier { specialTokens.padding = padding }
        let files = CLIPTokenizerFiles(
            vocabulary: vocabulary, merges: merges, specialTokens: specialTokens,
            addedTokens: addedTokens.filter { vocabulary[$0.key] != $0.value },
            contextLength: contextLength)
        try files.write(to: folder)
    }

    private func identifiers(of content: TextPiece.Content) -> [Int] {
        switch content {
        case .token(let token):
            [addedTokens[token] ?? vocabulary[token] ?? unknownIdentifier]
        case .word(let bytes):
            table.split(word: bytes).map { symbolIdentifiers[Int($0)] }
        }
    }

    /// Foundation's trimming would take an invisible character (U+200B) for a space, of which a token was lost.
    private static func tail(of text: String, from offset: Int) -> String {
        let rest = text.unicodeScalars.dropFirst(offset).drop { $0.properties.isWhitespace }
        let end = rest.lastIndex { !$0.properties.isWhitespace }
        return end.map { String(rest[...$0]) } ?? ""
    }
}
