import Foundation
import Testing

@testable import Tokenizers

/// The published vocabulary against the tokenizers that it was published with; see
/// `scripts/fixtures/tokenizer_published.py`.
@Suite struct PublishedVocabularyTests {
    private struct Record: Decodable {
        var repaired: Int
        var strings: [String]
        var transformers: [[Int]]
        /// `nil` where it is the same.
        var openCLIP: [[Int]?]

        private enum CodingKeys: String, CodingKey {
            case repaired, strings, transformers
            case openCLIP = "open_clip"
        }
    }

    private func record() throws -> Record {
        try EncodingFixture.decode(Record.self, "published.json.zlib")
    }

    /// The text's identifiers between start and end, cut to the context and followed by zeros.
    private func padded(_ body: [Int]) -> [Int] {
        let kept = [49_406] + body.prefix(75) + [49_407]
        return kept + repeatElement(0, count: 77 - kept.count)
    }

    private func compare(_ tokenizer: CLIPTokenizer, _ texts: [String], _ bodies: [[Int]]) throws {
        #expect(texts.count >= 2_000)
        #expect(bodies.count == texts.count)
        for (text, body) in zip(texts, bodies) {
            let result = try tokenizer.encode(text)
            #expect(result.ids == padded(body), "\(text.debugDescription)")
            #expect(result.tokenCount == body.count + 2, "\(text.debugDescription)")
            #expect(result.truncatedText.isEmpty == (body.count <= 75))
        }
    }

    @Test func transformersAgrees() throws {
        let record = try record()
        try compare(.published(.transformers), record.strings, record.transformers)
    }

    @Test func openCLIPAgrees() throws {
        let record = try record()
        let bodies = zip(record.transformers, record.openCLIP).map { $1 ?? $0 }
        #expect(bodies != record.transformers)
        try compare(.published(.openCLIP), record.strings, bodies)
    }

    @Test func vocabularyIsThePublishedOne() throws {
        let tokenizer = try CLIPTokenizer.published(.transformers)
        #expect(tokenizer.vocabulary.count == CLIPTokenizer.publishedVocabularySize)
        #expect(tokenizer.merges.count == 48_894)
        #expect(tokenizer.vocabulary["cat</w>"] == 2368)
        #expect(tokenizer.endIdentifier == 49_407)
        #expect(try tokenizer.decode(tokenizer.encode("A red ball").ids) == "a red ball")
    }

    /// Mojibake is not repaired: `open_clip` would read "café".
    @Test func mojibakeStays() throws {
        let tokenizer = try CLIPTokenizer.published(.openCLIP)
        #expect(
            try tokenizer.encode("cafÃ©").ids.dropFirst().prefix(1)
                != tokenizer.encode("café").ids.dropFirst().prefix(1))
        #expect(try record().repaired == 10)
    }

    @Test func lostWordsAreNamedAsTheUserWroteThem() throws {
        let tokenizer = try CLIPTokenizer.published(.openCLIP)
        let text = String(repeating: "cat &amp; ", count: 37) + "“One Ｔｗｏ” three"
        #expect(try tokenizer.encode(text).truncatedText == "One Ｔｗｏ” three")
    }

    @Test func hostileTextsTakeLinearTime() throws {
        let tokenizer = try CLIPTokenizer.published(.openCLIP)
        let nested = "&" + String(repeating: "amp;", count: 20_000)
        let clock = ContinuousClock()
        let time = try clock.measure { _ = try tokenizer.encode(nested) }
        #expect(time < .seconds(20))
        let names = String(repeating: "&CounterClockwiseContourIntegra", count: 5_000)
        #expect(try tokenizer.encode(names).isTruncated)
        #expect(try tokenizer.encode(String(repeating: "\u{1B}[", count: 50_000)).isTruncated)
    }
}
