import Foundation
import TestSupport
import Testing

@testable import Tokenizers

@Suite struct CLIPTokenizerFilesTests {
    @Test func writtenFolderReadsBackTheSame() throws {
        var (vocabulary, merges) = try BPETrainer.train(
            texts: EncodingFixture.corpus(), vocabularySize: 700)
        vocabulary["\"quote\\"] = vocabulary.count
        let tokenizer = try CLIPTokenizer(
            vocabulary: vocabulary, merges: merges, addedTokens: ["[pan]": 900],
            contextLength: 32, paddingIdentifier: 0)
        let folder = try Scratch()
        try tokenizer.write(to: folder.folder)
        let copy = try CLIPTokenizer(folder: folder.folder)
        #expect(copy.vocabulary == vocabulary)
        #expect(copy.merges == merges)
        #expect(copy.contextLength == 32)
        #expect(copy.paddingIdentifier == 0)
        #expect(copy.specialTokens.padding == "!")
        let expected = try tokenizer.encode("Slow [pan] over the café").ids
        #expect(try copy.encode("Slow [pan] over the café").ids == expected)
        #expect(expected.contains(900))
    }

    @Test func missingFilesAreNamed() throws {
        let folder = try Scratch()
        let vocabulary = folder.folder.appendingPathComponent("vocab.json").path
        #expect(throws: TokenizerError.missingFile(path: vocabulary)) {
            try CLIPTokenizer(folder: folder.folder)
        }
        try folder.put("{}", "vocab.json")
        let merges = folder.folder.appendingPathComponent("merges.txt").path
        #expect(throws: TokenizerError.missingFile(path: merges)) {
            try CLIPTokenizer(folder: folder.folder)
        }
    }

    @Test(arguments: [
        ("vocab.json", "{\"a\": 1"), ("vocab.json", "[1, 2]"), ("vocab.json", "{\"a\": \"b\"}"),
        ("vocab.json", "{\"a\": -1}"), ("merges.txt", "#version: 0.2\na b\na b c\n"),
        ("merges.txt", "#version: 0.2\nab\n"), ("special_tokens_map.json", "{\"pad_token\": 3}"),
        ("tokenizer_config.json", "nothing"),
        ("tokenizer_config.json", "{\"added_tokens_decoder\": {\"x\": {\"content\": \"y\"}}}"),
    ])
    func corruptFilesAreNamed(name: String, content: String) throws {
        let folder = try Scratch()
        try folder.copyVocabulary()
        try folder.put(content, name)
        let error = #expect(throws: TokenizerError.self) {
            try CLIPTokenizer(folder: folder.folder)
        }
        guard case .corruptFile(let path, let reason) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(path.hasSuffix("/" + name))
        #expect(!reason.isEmpty)
        #expect(error?.description.contains("\n") == false)
    }

    @Test func mergesMayHaveCarriageReturnsAndBlankLines() throws {
        let folder = try Scratch()
        try folder.copyVocabulary()
        try folder.put("\r\n#version: 0.2\r\na n\r\n\r\nt h\r\n", "merges.txt")
        let tokenizer = try CLIPTokenizer(folder: folder.folder)
        let expected = [BPEMerge(left: "a", right: "n"), BPEMerge(left: "t", right: "h")]
        #expect(tokenizer.merges == expected)
    }

    @Test func specialTokensMustBeInTheVocabulary() {
        #expect(throws: TokenizerError.missingToken(role: "end", token: "<|endoftext|>")) {
            try CLIPTokenizer(vocabulary: ["<|startoftext|>": 0], merges: [])
        }
        #expect(throws: TokenizerError.missingToken(role: "padding", token: "[pad]")) {
            try CLIPTokenizer(
                vocabulary: ["<|startoftext|>": 0, "<|endoftext|>": 1], merges: [],
                specialTokens: CLIPSpecialTokens(padding: "[pad]"))
        }
    }
}
