import Foundation
import Testing

@testable import Tokenizers

@Suite struct CLIPTokenizerTests {
    /// Bytes inside words are 0 to 255, at the end 256 to 511; the letters have no merges.
    private func lettersOnly(
        merges: [BPEMerge] = [], contextLength: Int = 77
    ) throws -> CLIPTokenizer {
        var (vocabulary, _) = try BPETrainer.train(texts: [], vocabularySize: 514)
        for merge in merges { vocabulary[merge.left + merge.right] = vocabulary.count }
        return try CLIPTokenizer(
            vocabulary: vocabulary, merges: merges, contextLength: contextLength)
    }

    @Test func emptyTextIsStartAndEnd() throws {
        let result = try lettersOnly().encode(" \n")
        #expect(result.ids == [512, 513] + repeatElement(513, count: 75))
        #expect(result.tokenCount == 2)
        #expect(!result.isTruncated)
    }

    @Test func rulesOfLowRankGoFirst() throws {
        let rules = [
            BPEMerge(left: "b", right: "c</w>"), BPEMerge(left: "a", right: "b"),
            BPEMerge(left: "ab", right: "c</w>"),
        ]
        let tokenizer = try lettersOnly(merges: rules)
        let a = try #require(tokenizer.vocabulary["a"])
        let joined = try #require(tokenizer.vocabulary["bc</w>"])
        #expect(try tokenizer.encode("abc").ids.prefix(4) == [512, a, joined, 513])
    }

    /// The rule (abc, ab) outranks (ab, c), yet has to wait until the latter has passed the word.
    @Test func aRulePassesTheWholeWordBeforeTheNext() throws {
        let rules = [
            BPEMerge(left: "a", right: "b"), BPEMerge(left: "abc", right: "ab"),
            BPEMerge(left: "ab", right: "c"),
        ]
        let tokenizer = try lettersOnly(merges: rules)
        let abc = try #require(tokenizer.vocabulary["abc"])
        let last = try #require(tokenizer.vocabulary["x</w>"])
        #expect(try tokenizer.encode("abcabcx").ids.prefix(5) == [512, abc, abc, last, 513])
    }

    @Test func repeatedLettersMergeFromTheLeft() throws {
        let tokenizer = try lettersOnly(merges: [BPEMerge(left: "a", right: "a")])
        let pair = try #require(tokenizer.vocabulary["aa"])
        let single = try #require(tokenizer.vocabulary["a"])
        let last = try #require(tokenizer.vocabulary["x</w>"])
        let ids = try tokenizer.encode("aaaaax").ids
        #expect(ids.prefix(6) == [512, pair, pair, single, last, 513])
    }

    @Test func truncationNamesTheLostWords() throws {
        let tokenizer = try lettersOnly(contextLength: 8)
        #expect(try tokenizer.encode("ab cd ef").truncatedText == "")
        let cut = try tokenizer.encode("Ab  CD\tÉG!, h")
        #expect(cut.tokenCount == 12)  // é is two bytes
        #expect(cut.ids.count == 8)
        #expect(cut.ids.last == 513)
        #expect(cut.isTruncated)
        #expect(cut.truncatedText == "ÉG!, h")
    }

    @Test func onlyTheSignsBehindAWordAreLost() throws {
        let tokenizer = try lettersOnly(contextLength: 5)
        #expect(try tokenizer.encode("cat. Dog").truncatedText == ". Dog")
        #expect(try tokenizer.encode("e\u{301}k漢 Dog").truncatedText == "漢 Dog")
    }

    @Test func paddingIdentifierOfTheCallerWins() throws {
        let tokenizer = try CLIPTokenizer(folder: EncodingFixture.folder, paddingIdentifier: 0)
        let result = try tokenizer.encode("!")
        #expect(result.ids.dropFirst(3).allSatisfy { $0 == 0 })
        #expect(result.ids[1] == 256)  // "!</w>": the padding token itself is not special here
    }

    @Test func unknownBytesBecomeTheEndToken() throws {
        let tokenizer = try CLIPTokenizer(
            vocabulary: ["<|startoftext|>": 0, "<|endoftext|>": 1, "a</w>": 2], merges: [])
        #expect(try tokenizer.encode("a b é").ids.prefix(7) == [0, 2, 1, 1, 1, 1, 1])
        #expect(try tokenizer.encode("a b é").tokenCount == 6)
    }

    @Test func hostileTextsAreLinearOrRefused() throws {
        let tokenizer = try CLIPTokenizer(folder: EncodingFixture.folder)
        let word = String(repeating: "thefoxandthe", count: 2_000)
        #expect(try tokenizer.encode(word).truncatedText == word)
        let marks = "a" + String(repeating: "\u{301}\u{316}", count: 20_000)
        #expect(try tokenizer.encode(marks).tokenCount == 80_002)
        let limit = CLIPTokenizer.maximumTextSize
        #expect(throws: TokenizerError.textTooLong(size: limit + 1, limit: limit)) {
            try tokenizer.encode(String(repeating: "a", count: limit + 1))
        }
    }

    @Test func decodeRejectsForeignIdentifiers() throws {
        let tokenizer = try CLIPTokenizer(folder: EncodingFixture.folder)
        #expect(throws: TokenizerError.unknownIdentifier(798)) { try tokenizer.decode([798]) }
        #expect(throws: TokenizerError.unknownIdentifier(-1)) { try tokenizer.decode([-1]) }
    }
}
