import Foundation
import TestSupport
import Testing
import Tokenizers
import VideoModels

@testable import StreamingT2V

/// Models without tokenizer files, as `streaming_t2v.ckpt` and the release's enhancer, read CLIP's published tokens.
@Suite struct PublishedTokenizerTests {
    private let scratch: Scratch
    private let folder: ModelFolder

    init() throws {
        scratch = try Scratch()
        folder = ModelFolder(scratch.folder.appending(path: "model"))
        try folder.save(CLIPTextConfiguration(), of: .textEncoder)
    }

    private func beginning(_ ids: [Int], _ count: Int) -> [Int] { Array(ids.prefix(count)) }

    @Test func textTransformerOfThatVocabularyNeedsNoFiles() throws {
        let ids = try folder.tokenizer().encode("a cat &amp; a dog!").ids
        // a, cat, &, amp, ;, a, dog, and the sign that fills the context.
        #expect(
            beginning(ids, 11) == [49406, 320, 2368, 261, 6259, 282, 320, 1929, 0, 49407, 0])
    }

    @Test func enhancersOwnTextTransformerReadsAsOpenCLIP() throws {
        #expect(try folder.enhancementTokenizer().encode("&amp;").ids[2] == 6259)
        let own = ModelFolder(folder.folder(.enhancer))
        try own.save(CLIPTextConfiguration(), of: .textEncoder)
        let ids = try folder.enhancementTokenizer().encode("a cat &amp; a dog!").ids
        #expect(beginning(ids, 9) == [49406, 320, 2368, 261, 320, 1929, 256, 49407, 0])
    }

    /// The release's files under their own names.
    @Test func publishedTextHalfReadsAsOpenCLIP() throws {
        let files = folder.folder(.enhancer)
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
        try Data().write(to: files.appending(path: "open_clip_pytorch_model.bin"))
        #expect(try folder.enhancementTokenizer().encode("&amp;").ids[1] == 261)
    }

    @Test func otherVocabularyNeedsFiles() throws {
        var small = CLIPTextConfiguration()
        small.vocabularySize = 560
        try folder.save(small, of: .textEncoder)
        #expect(!folder.hasTokenizer)
        #expect(throws: TokenizerError.self) { try folder.tokenizer() }
    }

    @Test func piecesNameTheTokenizerOnlyWhereItIsNeeded() throws {
        var pieces = ModelPieces()
        pieces.base = folder.url
        let lines = { () -> [String?] in
            let error = #expect(throws: GenerationError.self) { try pieces.assembled() }
            guard case .missingPieces(let lines) = error else { return [] }
            return lines.map(\.firstField)
        }
        #expect(lines() == ["vae"])
        var small = CLIPTextConfiguration()
        small.vocabularySize = 560
        try folder.save(small, of: .textEncoder)
        #expect(lines() == ["vae", "tokenizer"])
    }
}
