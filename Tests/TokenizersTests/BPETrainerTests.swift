import Testing

@testable import Tokenizers

@Suite struct BPETrainerTests {
    @Test func baseHoldsEveryByteTwice() throws {
        let (vocabulary, merges) = try BPETrainer.train(texts: [], vocabularySize: 2_048)
        #expect(merges.isEmpty)
        #expect(vocabulary.count == 514)
        #expect(vocabulary["!"] == 0)
        #expect(vocabulary["!</w>"] == 256)
        #expect(vocabulary["\u{100}"] == 188)  // byte 0, the first that does not stand for itself
        #expect(vocabulary["<|startoftext|>"] == 512)
        #expect(vocabulary["<|endoftext|>"] == 513)
    }

    @Test func mostFrequentPairFirstThenBySpelling() throws {
        let (_, merges) = try BPETrainer.train(
            texts: ["zy zy zy", "ba dc ba dc", "q once"], vocabularySize: 600)
        #expect(
            merges == [
                BPEMerge(left: "z", right: "y</w>"), BPEMerge(left: "b", right: "a</w>"),
                BPEMerge(left: "d", right: "c</w>"),
            ])
    }

    @Test func overlappingPairsAreCountedAnew() throws {
        // "aaaa" has (a, a) twice; once the first two are one, only (aa, a) and (a, a</w>) remain.
        let (vocabulary, merges) = try BPETrainer.train(
            texts: ["aaaa"], vocabularySize: 600)
        #expect(merges == [BPEMerge(left: "a", right: "a")])
        #expect(vocabulary["aa"] == 512)
    }

    @Test func sizeLimitsTheMerges() throws {
        let (vocabulary, merges) = try BPETrainer.train(
            texts: ["the cat and the hat and the bat"], vocabularySize: 516)
        #expect(merges.count == 2)
        #expect(vocabulary.count == 516)
        #expect(Set(vocabulary.values) == Set(0..<516))
    }

    @Test(arguments: [513, 2_049]) func sizesOutOfRangeAreRefused(size: Int) {
        #expect(throws: TokenizerError.self) {
            try BPETrainer.train(texts: ["a"], vocabularySize: size)
        }
    }
}
