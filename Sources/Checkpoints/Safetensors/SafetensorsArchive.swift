public import Foundation
import Foundations

/// The tensors of one model, whether they lie in one file or in several.
public struct SafetensorsArchive: TensorArchive {
    /// The file, or the index if there are several files.
    public let url: URL
    /// The files, in the order of their names.
    public let files: [SafetensorsFile]
    /// All tensors by name; their byte ranges count from their own file.
    public let entries: [String: CheckpointEntry]
    /// All names, sorted.
    public let names: [String]

    /// "safetensors", with the number of files if there are several.
    public var format: String {
        files.count == 1 ? "safetensors" : "safetensors in \(files.count) files"
    }

    private let fileOfName: [String: Int]

    /// Opens a file, an index or a folder.
    ///
    /// A folder has to hold exactly one of `model.safetensors` and
    /// `diffusion_pytorch_model.safetensors`, else one of their indices, else any one
    /// `*.safetensors.index.json`.
    ///
    /// - Throws: `CheckpointError`; also if index and shards do not name the same tensors.
    public init(url: URL) throws(CheckpointError) {
        let url = try Self.checkpoint(at: url)
        if url.lastPathComponent.hasSuffix(".json") {
            try self.init(index: url)
        } else {
            self.init(file: try SafetensorsFile(url: url))
        }
    }

    private init(file: SafetensorsFile) {
        url = file.url
        files = [file]
        entries = file.entries
        names = file.names
        fileOfName = file.entries.mapValues { _ in 0 }
    }

    private init(index url: URL) throws(CheckpointError) {
        let path = url.path(percentEncoded: false)
        let index = try CheckpointIndex(url: url)
        var files: [SafetensorsFile] = []
        var entries: [String: CheckpointEntry] = [:]
        var fileOfName: [String: Int] = [:]
        for (number, shard) in index.shards.enumerated() {
            let file = try Self.open(shard, besides: url)
            files.append(file)
            for (name, entry) in file.entries {
                guard index.weightMap[name] == shard else {
                    throw .corrupt(
                        file: path,
                        reason: "\(shard) holds \(name.quoted), which the index places "
                            + (index.weightMap[name].map { "in \($0.quoted)" } ?? "nowhere"))
                }
                entries[name] = entry
                fileOfName[name] = number
            }
        }
        if let lost = index.weightMap.keys.filter({ entries[$0] == nil }).min() {
            let shard = index.weightMap[lost] ?? ""
            throw .corrupt(
                file: path, reason: "\(shard.quoted) lacks \(lost.quoted), which the index promises"
            )
        }
        (self.url, self.files, self.entries) = (url, files, entries)
        names = entries.keys.sorted()
        self.fileOfName = fileOfName
    }

    /// Lends the bytes of one tensor: little-endian, row-major, perhaps not aligned.
    ///
    /// - Throws: `CheckpointError.noSuchTensor`, and what `body` throws.
    public func withBytes<R>(
        of name: String, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        try file(holding: name).withBytes(of: name, body)
    }

    /// Lets the system take back the memory of a tensor's bytes.
    ///
    /// - Throws: `CheckpointError.noSuchTensor`.
    public func releaseMemory(of name: String) throws(CheckpointError) {
        try file(holding: name).releaseMemory(of: name)
    }

    /// The hash of each file, in the order of ``files``.
    public func fileHashes() -> [(name: String, hash: String)] {
        files.flatMap { $0.fileHashes() }
    }

    /// The file that holds a tensor.
    ///
    /// - Throws: `CheckpointError.noSuchTensor`.
    public func file(holding name: String) throws(CheckpointError) -> SafetensorsFile {
        guard let number = fileOfName[name] else {
            throw .noSuchTensor(file: url.path(percentEncoded: false), name: name)
        }
        return files[number]
    }

    private static func open(
        _ shard: String, besides index: URL
    ) throws(CheckpointError) -> SafetensorsFile {
        do {
            return try SafetensorsFile(
                url: index.deletingLastPathComponent().appending(path: shard))
        } catch {
            guard case .notFound = error else { throw error }
            throw .missingShard(file: index.path(percentEncoded: false), shard: shard)
        }
    }

    /// Finds the one checkpoint in a folder; a path that is no folder is returned as it is.
    private static func checkpoint(at url: URL) throws(CheckpointError) -> URL {
        let path = url.path(percentEncoded: false)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw .notFound(file: path)
        }
        guard isFolder.boolValue else { return url }
        let present: [String]
        do {
            present = try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        } catch {
            throw .unreadable(file: path, reason: "its contents cannot be listed")
        }
        let usual = CheckpointContents.usualFileNames
        let usualIndices = usual.map { $0 + ".index.json" }
        let choices = [
            present.filter(usual.contains), present.filter(usualIndices.contains),
            present.filter { $0.hasSuffix(".safetensors.index.json") },
        ]
        let candidates = choices.first { !$0.isEmpty } ?? []
        guard let candidate = candidates.first else { throw .notFound(file: path) }
        guard candidates.count == 1 else {
            throw .ambiguous(file: path, candidates: candidates)
        }
        return url.appending(path: candidate)
    }
}
