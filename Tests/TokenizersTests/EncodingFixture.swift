import CZlib
import TestSupport
import Foundation
import Tokenizers

/// What `scripts/fixtures/tokenizer.py` recorded from the Python tokenizer.
struct EncodingFixture: Decodable {
    struct Case: Decodable {
        var text: String
        var ids: [Int]  // without padding and truncation
        var decoded: String?
        var padded: [Int]?  // only where it is more than `ids` and padding
    }

    struct Variant: Decodable {
        var name: String
        var files: [String: String]
        var removed: [String]
        var texts: [String]
        var ids: [[Int]]
    }

    var cases: [Case]
    var variants: [Variant]

    static func load() throws -> EncodingFixture {
        try decode(EncodingFixture.self, "encodings.json.zlib")
    }

    /// Reads JSON that is packed as a zlib stream.
    static func decode<Value: Decodable>(_ type: Value.Type, _ name: String) throws -> Value {
        let packed = try Data(contentsOf: folder.appendingPathComponent(name))
        var bytes = [UInt8](repeating: 0, count: 4 << 20)
        var length = uLong(bytes.count)
        let status = packed.withUnsafeBytes {
            uncompress(
                &bytes, &length, $0.bindMemory(to: UInt8.self).baseAddress, uLong($0.count))
        }
        guard status == Z_OK else { throw CocoaError(.fileReadCorruptFile) }
        return try JSONDecoder().decode(type, from: Data(bytes.prefix(Int(length))))
    }

    static var folder: URL {
        Bundle.module.resourceURL?.appendingPathComponent("Fixtures")
            ?? URL(fileURLWithPath: "Fixtures")
    }

    static func corpus() throws -> [String] {
        let file = folder.appendingPathComponent("corpus.txt")
        return try String(contentsOf: file, encoding: .utf8)
            .split(separator: "\n").map { String($0) }
    }
}

extension Scratch {
    /// Puts the stored vocabulary and merge rules into the folder.
    func copyVocabulary() throws {
        for name in ["vocab.json", "merges.txt"] {
            try FileManager.default.copyItem(
                at: EncodingFixture.folder.appendingPathComponent(name),
                to: url(name))
        }
    }
}
