/// The part of `tokenizer_config.json` that changes identifiers, and what others need to read it.
struct CLIPTokenizerConfiguration: Codable {
    var special = Special()
    var contextLength: Int?
    /// Tokens by identifier, written as decimal text.
    var addedTokens: [String: Token]?

    private enum CodingKeys: String, CodingKey {
        case modelMaxLength = "model_max_length"
        case addedTokensDecoder = "added_tokens_decoder"
        case addPrefixSpace = "add_prefix_space"
        case doLowerCase = "do_lower_case"
        case errors
        case tokenizerClass = "tokenizer_class"
    }

    init() {}

    init(_ specialTokens: CLIPSpecialTokens, contextLength: Int?) {
        special = Special(specialTokens)
        self.contextLength = contextLength
    }

    init(from decoder: any Decoder) throws {
        special = try Special(from: decoder)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        addedTokens = try values.decodeIfPresent(
            [String: Token].self, forKey: .addedTokensDecoder)
        // Without a limit the file holds 1e30, which says nothing about the context.
        let length = try values.decodeIfPresent(Double.self, forKey: .modelMaxLength)
        contextLength = length.flatMap { (3...65_536).contains($0) ? Int($0) : nil }
    }

    func encode(to encoder: any Encoder) throws {
        try special.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(false, forKey: .addPrefixSpace)
        try values.encode(true, forKey: .doLowerCase)
        try values.encode("replace", forKey: .errors)
        try values.encode("CLIPTokenizer", forKey: .tokenizerClass)
        try values.encodeIfPresent(contextLength, forKey: .modelMaxLength)
    }

    /// The content of `special_tokens_map.json`, which the configuration repeats.
    struct Special: Codable {
        var start: Token?
        var end: Token?
        var unknown: Token?
        var padding: Token?
        var additional: [Token]?

        private enum CodingKeys: String, CodingKey {
            case start = "bos_token"
            case end = "eos_token"
            case unknown = "unk_token"
            case padding = "pad_token"
            case additional = "additional_special_tokens"
        }

        init() {}

        init(_ tokens: CLIPSpecialTokens) {
            start = Token(content: tokens.start)
            end = Token(content: tokens.end)
            unknown = Token(content: tokens.unknown)
            padding = Token(content: tokens.padding)
        }

        func replace(in tokens: inout CLIPSpecialTokens) {
            if let start { tokens.start = start.content }
            if let end { tokens.end = end.content }
            if let unknown { tokens.unknown = unknown.content }
            if let padding { tokens.padding = padding.content }
        }
    }

    /// A token as plain text or as an object with flags, of which only the text matters here.
    struct Token: Codable {
        var content: String

        private enum CodingKeys: String, CodingKey { case content }

        init(content: String) { self.content = content }

        init(from decoder: any Decoder) throws {
            if let text = try? decoder.singleValueContainer().decode(String.self) {
                content = text
            } else {
                content = try decoder.container(keyedBy: CodingKeys.self)
                    .decode(String.self, forKey: .content)
            }
        }

        func encode(to encoder: any Encoder) throws {
            var value = encoder.singleValueContainer()
            try value.encode(content)
        }
    }
}
