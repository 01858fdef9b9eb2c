public import Foundation
import Torch

/// An archive whose weights are changed by products of thin matrices that another archive holds.
///
/// `NAME.weight` is changed by `NAME.lora_B.weight` times `NAME.lora_A.weight`, the names of PEFT (Hu et al., LoRA, ICLR
/// 2022). Changed tensors come as float32, all others as they are stored.
public struct AdaptedArchive: TensorArchive {
    private let base: any TensorArchive
    private let adapter: any TensorArchive
    /// Names of the matrices behind each changed tensor.
    private let changes: [String: Change]
    /// The base's tensors; where they are changed, with another type than in its file.
    public let entries: [String: CheckpointEntry]

    /// The names of the two matrices that change a weight.
    public struct Change: Sendable, Hashable {
        /// `[outputs, rank]`.
        public let up: String
        /// `[rank, inputs]`.
        public let down: String

        /// The change of the tensor of this name; `nil` for one that is no layer's weight.
        public init?(of name: String) {
            let suffix = ".weight"
            guard name.hasSuffix(suffix) else { return nil }
            let layer = name.dropLast(suffix.count)
            (up, down) = ("\(layer).lora_B.weight", "\(layer).lora_A.weight")
        }
    }

    /// Changes those weights of `base` that `adapter` has matrices for; matrices for others are left alone.
    ///
    /// - Throws: `CheckpointError.corrupt` or `.noSuchTensor` for matrices that do not fit their weight.
    public init(
        _ base: any TensorArchive, changedBy adapter: any TensorArchive
    ) throws(CheckpointError) {
        (self.base, self.adapter) = (base, adapter)
        var entries = base.entries
        var changes: [String: Change] = [:]
        for (name, entry) in base.entries {
            guard let change = Change(of: name),
                adapter.entries[change.up] != nil || adapter.entries[change.down] != nil
            else { continue }
            let (up, down) = (
                try Self.shape(of: change.up, in: adapter),
                try Self.shape(of: change.down, in: adapter)
            )
            guard up.count == 2, down.count == 2, up[1] == down[0], entry.shape.first == up[0],
                entry.shape.dropFirst().reduce(1, *) == down[1]
            else {
                throw .corrupt(
                    file: adapter.url.path(percentEncoded: false),
                    reason: "matrices of \(up) and \(down) do not make a change of \(name) "
                        + "\(entry.shape)")
            }
            changes[name] = change
            entries[name] = CheckpointEntry(
                name: name, type: .float32, shape: entry.shape, byteRange: entry.byteRange)
        }
        (self.entries, self.changes) = (entries, changes)
    }

    private static func shape(
        of name: String, in archive: any TensorArchive
    ) throws(CheckpointError) -> [Int] {
        guard let entry = archive.entries[name] else {
            throw .noSuchTensor(file: archive.url.path(percentEncoded: false), name: name)
        }
        return entry.shape
    }

    /// The base's file.
    public var url: URL { base.url }
    /// The base's names, sorted.
    public var names: [String] { base.names }
    /// The base's format.
    public var format: String { base.format }
    /// Names of the weights that are changed.
    public var changedNames: Set<String> { Set(changes.keys) }

    /// The hashes of the base's files.
    public func fileHashes() -> [(name: String, hash: String)] { base.fileHashes() }

    /// Lends the bytes of one tensor, changed if it is one of those.
    public func withBytes<R>(
        of name: String, _ body: (UnsafeRawBufferPointer) throws -> R
    ) throws -> R {
        guard let change = changes[name] else { return try base.withBytes(of: name, body) }
        let weight = try base.tensor(name).converted(to: .float32)
        let up = try adapter.tensor(change.up).converted(to: .float32)
        let down = try adapter.tensor(change.down).converted(to: .float32)
        let product = try up.multiplied(by: down).reshaped(weight.shape)
        return try (weight + product).bytes().withUnsafeBytes(body)
    }

    /// Lets the system take back the memory of a tensor's bytes.
    public func releaseMemory(of name: String) throws(CheckpointError) {
        try base.releaseMemory(of: name)
        guard let change = changes[name] else { return }
        try adapter.releaseMemory(of: change.up)
        try adapter.releaseMemory(of: change.down)
    }
}
