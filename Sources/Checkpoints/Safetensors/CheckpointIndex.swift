public import Foundation
import Foundations

/// The index of a checkpoint that is spread over several files (`….safetensors.index.json`).
public struct CheckpointIndex: Sendable, Hashable {
    /// The file of each tensor, by tensor name.
    public let weightMap: [String: String]

    /// All files, sorted by name.
    public var shards: [String] { Set(weightMap.values).sorted() }

    /// Reads an index.
    ///
    /// - Throws: `CheckpointError`, also for file names that would lead out of the folder.
    public init(url: URL) throws(CheckpointError) {
        let path = url.path(percentEncoded: false)
        let mapping = try MappedFile(path: path)
        guard mapping.count <= SafetensorsHeader.lengthLimit else {
            throw .headerTooLarge(
                file: path, length: UInt64(mapping.count), limit: SafetensorsHeader.lengthLimit)
        }
        let text = mapping.withBytes(in: 0..<mapping.count) { Array($0) }
        do {
            weightMap = try Self.read(text)
        } catch {
            throw .corrupt(file: path, reason: "byte \(error.offset): \(error.reason)")
        }
    }

    private static func read(_ text: [UInt8]) throws(JSONError) -> [String: String] {
        var cursor = JSONCursor(text)
        var map: [String: String]?
        try cursor.readObject { (cursor, name) throws(JSONError) in
            guard name == "weight_map" else { return try cursor.skipValue() }
            var shards: [String: String] = [:]
            try cursor.readObject { (cursor, key) throws(JSONError) in
                let shard = try cursor.readString()
                guard isPlainFileName(shard) else {
                    throw cursor.error("\(shard.quoted) is not the name of a file in this folder")
                }
                shards[key] = shard
            }
            map = shards
        }
        try cursor.expectEnd()
        guard let map else { throw cursor.error("there is no weight_map") }
        return map
    }

    /// Whether the name stays inside of the folder, whatever it is appended to.
    private static func isPlainFileName(_ name: String) -> Bool {
        name.hasSuffix(".safetensors") && !name.utf8.contains("..".utf8)
            && !name.unicodeScalars.contains { $0 == "/" || $0 == "\\" || $0.value < 0x20 }
    }
}
