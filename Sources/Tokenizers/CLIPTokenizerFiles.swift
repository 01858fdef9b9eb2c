import Foundation
import Foundations

/// What the files of a tokenizer folder hold.
struct CLIPTokenizerFiles {
    var vocabulary: [String: Int]
    var merges: [BPEMerge]
    var specialTokens: CLIPSpecialTokens
    var addedTokens: [String: Int]
    var contextLength: Int?

    /// Rules beyond this number are not read, as in the reference.
    private static let maximumMergeCount = 49_152 - 256 - 2
    private static let maximumFileSize = 16 << 20  // bytes
    private static let identifiers = 0..<1_000_000

    init(
        vocabulary: [String: Int], merges: [BPEMerge], specialTokens: CLIPSpecialTokens,
        addedTokens: [String: Int], contextLength: Int?
    ) {
        self.vocabulary = vocabulary
        self.merges = merges
        self.specialTokens = specialTokens
        self.addedTokens = addedTokens
        self.contextLength = contextLength
    }

    init(folder: URL) throws(TokenizerError) {
        let vocabularyFile = folder.appendingPathComponent("vocab.json")
        vocabulary = try Self.decode([String: Int].self, from: vocabularyFile)
        try Self.requireIdentifiers(vocabulary, vocabularyFile)
        merges = try Self.readMerges(folder.appendingPathComponent("merges.txt"))

        let configuration =
            try Self.decodeIfPresent(
                CLIPTokenizerConfiguration.self,
                from: folder.appendingPathComponent("tokenizer_config.json"))
            ?? CLIPTokenizerConfiguration()
        contextLength = configuration.contextLength
        specialTokens = CLIPSpecialTokens()
        configuration.special.replace(in: &specialTokens)
        var additional = configuration.special.additional ?? []
        addedTokens = [:]
        if let listed = configuration.addedTokens {
            for (key, token) in listed {
                guard let identifier = Int(key), Self.identifiers.contains(identifier) else {
                    throw .corruptFile(
                        path: folder.appendingPathComponent("tokenizer_config.json").path,
                        reason: "added_tokens_decoder has the key '\(key)', not an identifier "
                            + "from 0 to \(Self.identifiers.upperBound - 1)")
                }
                addedTokens[token.content] = identifier
            }
        } else {
            let map = try Self.decodeIfPresent(
                CLIPTokenizerConfiguration.Special.self,
                from: folder.appendingPathComponent("special_tokens_map.json"))
            map?.replace(in: &specialTokens)
            additional += map?.additional ?? []
            let addedFile = folder.appendingPathComponent("added_tokens.json")
            addedTokens = try Self.decodeIfPresent([String: Int].self, from: addedFile) ?? [:]
            try Self.requireIdentifiers(addedTokens, addedFile)
        }
        for token in additional.map(\.content) where addedTokens[token] == nil {
            guard let identifier = vocabulary[token] else {
                throw .missingToken(role: "additional", token: token)
            }
            addedTokens[token] = identifier
        }
    }

    private static func requireIdentifiers(
        _ tokens: [String: Int], _ file: URL
    ) throws(TokenizerError) {
        guard let wrong = tokens.first(where: { !identifiers.contains($0.value) }) else { return }
        throw .corruptFile(
            path: file.path,
            reason: "the token '\(wrong.key)' has the identifier \(wrong.value), "
                + "which must be from 0 to \(identifiers.upperBound - 1)")
    }

    /// Writes the files in the published layout.
    func write(to folder: URL) throws(TokenizerError) {
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw .unwritableFile(path: folder.path, reason: "\(error.localizedDescription)")
        }
        let rules = merges.map { "\($0.left) \($0.right)\n" }.joined()
        let configuration = CLIPTokenizerConfiguration(specialTokens, contextLength: contextLength)
        try Self.write(vocabulary, to: folder.appendingPathComponent("vocab.json"))
        try Self.write(
            Data(("#version: 0.2\n" + rules).utf8), at: folder.appendingPathComponent("merges.txt"))
        try Self.write(
            configuration.special, to: folder.appendingPathComponent("special_tokens_map.json"))
        try Self.write(configuration, to: folder.appendingPathComponent("tokenizer_config.json"))
        if !addedTokens.isEmpty {
            try Self.write(addedTokens, to: folder.appendingPathComponent("added_tokens.json"))
        }
    }

    /// Reads the rules below the header, which is the first line whatever it says.
    static func readMerges(_ file: URL) throws(TokenizerError) -> [BPEMerge] {
        let text = try readText(file)
        var merges: [BPEMerge] = []
        let lines = text.unicodeScalars.split(omittingEmptySubsequences: false) { $0 == "\n" }
        let begin = lines.firstIndex { !fields($0).isEmpty } ?? lines.endIndex
        for (index, line) in lines.enumerated().dropFirst(begin + 1) {
            let parts = fields(line)
            if parts.isEmpty { continue }
            guard parts.count == 2 else {
                throw .corruptFile(
                    path: file.path, reason: "line \(index + 1) has \(parts.count) symbols, not 2")
            }
            merges.append(BPEMerge(left: parts[0], right: parts[1]))
            if merges.count == maximumMergeCount { break }
        }
        return merges
    }

    private static func fields(_ line: Substring.UnicodeScalarView) -> [String] {
        line.split { $0 == " " || $0 == "\t" || $0 == "\r" }.map { String($0) }
    }

    private static func decodeIfPresent<Value: Decodable>(
        _ type: Value.Type, from file: URL
    ) throws(TokenizerError) -> Value? {
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        return try decode(type, from: file)
    }

    private static func decode<Value: Decodable>(
        _ type: Value.Type, from file: URL
    ) throws(TokenizerError) -> Value {
        let data = try read(file)
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch let DecodingError.typeMismatch(_, context),
            let DecodingError.valueNotFound(_, context),
            let DecodingError.keyNotFound(_, context), let DecodingError.dataCorrupted(context)
        {
            let path = context.codingPath.map(\.stringValue).joined(separator: ".")
            let place = path.isEmpty ? "" : "\(path): "
            throw .corruptFile(path: file.path, reason: place + context.debugDescription)
        } catch {
            throw .corruptFile(path: file.path, reason: error.localizedDescription)
        }
    }

    static func readText(_ file: URL) throws(TokenizerError) -> String {
        guard let text = String(data: try read(file), encoding: .utf8) else {
            throw .corruptFile(path: file.path, reason: "it is not UTF-8 text")
        }
        return text
    }

    private static func read(_ file: URL) throws(TokenizerError) -> Data {
        do {
            return try BoundedFile.contents(of: file, limit: maximumFileSize)
        } catch .missing {
            throw .missingFile(path: file.path)
        } catch .tooLarge(let limit) {
            throw .corruptFile(path: file.path, reason: "it has more than \(limit) bytes")
        } catch .system(let reason) {
            throw .unreadableFile(path: file.path, reason: reason)
        } catch {
            throw .unreadableFile(path: file.path, reason: "\(error)")
        }
    }

    private static func write(_ value: some Encodable, to file: URL) throws(TokenizerError) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        do {
            try write(try encoder.encode(value) + Data("\n".utf8), at: file)
        } catch let error as TokenizerError {
            throw error
        } catch {
            throw .unwritableFile(path: file.path, reason: error.localizedDescription)
        }
    }

    private static func write(_ data: Data, at file: URL) throws(TokenizerError) {
        do {
            try AtomicFile.save(data, to: file)
        } catch {
            throw .unwritableFile(path: file.path, reason: error.reason)
        }
    }
}
