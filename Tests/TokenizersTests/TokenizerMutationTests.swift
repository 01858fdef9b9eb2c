import Foundation
import TestSupport
import Testing

@testable import Tokenizers

/// Damaged tokenizer files are refused, or the tokenizer works.
@Suite struct TokenizerMutationTests {
    @Test(arguments: [
        "vocab.json", "merges.txt", "tokenizer_config.json", "special_tokens_map.json",
        "added_tokens.json",
    ])
    func refusesOrEncodes(name: String) throws {
        let folder = try Scratch()
        let (vocabulary, merges) = try BPETrainer.train(
            texts: ["a red car drives past the hills", "a red bird flies"], vocabularySize: 530)
        try CLIPTokenizer(
            vocabulary: vocabulary, merges: merges, addedTokens: ["[pan]": 900], contextLength: 32
        ).write(to: folder.folder)
        let file = folder.folder.appendingPathComponent(name)
        let sound = try Data(contentsOf: file)
        let tally = try MutationTally(of: sound, count: mutationCount / 20) {
            $0 is TokenizerError
        } _: { bytes in
            try FileManager.default.removeItem(at: file)
            try Data(bytes).write(to: file)
            let tokenizer = try CLIPTokenizer(folder: folder.folder)
            let encoded = try tokenizer.encode("A red CAR, [pan] 1234 past the café").ids
            #expect(encoded.count == tokenizer.contextLength)
            #expect(encoded.allSatisfy { (0..<1_000_000).contains($0) })
            _ = try tokenizer.decode(encoded)
        }
        #expect(tally.read > 0)
        #expect(tally.slowest < .seconds(5))
    }

    @Test func refusesIdentifiersThatNoVocabularyHas() throws {
        let folder = try Scratch()
        try folder.copyVocabulary()
        try folder.put(#"{"[pan]": 9223372036854775807}"#, "added_tokens.json")
        #expect(
            throws: TokenizerError.corruptFile(
                path: folder.folder.appendingPathComponent("added_tokens.json").path,
                reason: "the token '[pan]' has the identifier 9223372036854775807, "
                    + "which must be from 0 to 999999")
        ) { try CLIPTokenizer(folder: folder.folder) }
    }
}
