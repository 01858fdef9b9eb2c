import Foundation
import TestSupport
import Testing

@testable import Tokenizers

@Suite struct CLIPTokenizerParityTests {
    @Test func identifiersEqualTheReference() throws {
        let tokenizer = try CLIPTokenizer(folder: EncodingFixture.folder)
        let cases = try EncodingFixture.load().cases
        #expect(cases.count >= 500)
        for item in cases {
            let result = try tokenizer.encode(item.text)
            #expect(result.tokenCount == item.ids.count, "\(item.text.debugDescription)")
            #expect(result.ids == item.expectedIDs(end: tokenizer.endIdentifier))
            #expect(result.isTruncated == (item.ids.count > 77))
            #expect(result.truncatedText.isEmpty == !result.isTruncated)
        }
    }

    @Test func decodedTextEqualsTheReference() throws {
        let tokenizer = try CLIPTokenizer(folder: EncodingFixture.folder)
        let cases = try EncodingFixture.load().cases.filter { $0.decoded != nil }
        #expect(cases.count >= 100)
        for item in cases {
            let text = try tokenizer.decode(item.ids)
            #expect(text.unicodeScalars.elementsEqual((item.decoded ?? "").unicodeScalars))
        }
    }

    @Test(arguments: try EncodingFixture.load().variants.map(\.name))
    func folderFilesDecideAsInTheReference(name: String) throws {
        let variant = try #require(EncodingFixture.load().variants.first { $0.name == name })
        let folder = try Scratch()
        try folder.copyVocabulary()
        for (file, content) in variant.files { try folder.put(content, file) }
        if !variant.removed.isEmpty {
            let file = folder.folder.appendingPathComponent("vocab.json")
            let stored = try JSONDecoder().decode(
                [String: Int].self, from: Data(contentsOf: file))
            let kept = stored.filter { !variant.removed.contains($0.key) }
            #expect(kept.count == stored.count - variant.removed.count)
            try JSONEncoder().encode(kept).write(to: file)
        }
        let tokenizer = try CLIPTokenizer(folder: folder.folder)
        for (text, ids) in zip(variant.texts, variant.ids) {
            #expect(try tokenizer.encode(text).ids == ids, "\(text.debugDescription)")
        }
    }

    @Test func trainerEqualsAnIndependentImplementation() throws {
        let (vocabulary, merges) = try BPETrainer.train(
            texts: EncodingFixture.corpus(), vocabularySize: 1_100)
        let stored = try CLIPTokenizer(folder: EncodingFixture.folder)
        #expect(merges == stored.merges)
        #expect(vocabulary == stored.vocabulary)
    }
}

extension EncodingFixture.Case {
    /// The recorded encoding of 77 identifiers.
    func expectedIDs(end: Int) -> [Int] {
        padded ?? Array((ids + repeatElement(end, count: 77)).prefix(77))
    }
}
