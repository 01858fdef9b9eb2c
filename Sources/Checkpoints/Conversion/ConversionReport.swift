import Foundation

/// What a conversion did.
public struct ConversionReport: Sendable, Hashable, Encodable {
    /// The path of the checkpoint that was converted.
    public let input: String
    /// The format of the input, for people.
    public let format: String
    /// What the checkpoint seems to be.
    public let contents: CheckpointContents?
    /// The path of the file to open: the safetensors file, or the index of the shards.
    public let output: String
    /// Names of all files that were written, the index last.
    public let files: [String]
    /// How many tensors there are.
    public let tensors: Int
    /// How many of them changed their element type.
    public let converted: Int
    /// How many of them changed their name.
    public let renamed: Int
    /// How many tensors of each element type there are now.
    public let types: [String: Int]
    /// Bytes of all tensors in the input.
    public let inputBytes: Int
    /// Bytes of all tensors in the output.
    public let outputBytes: Int
    /// Tensors in which there was NaN or infinity already; it is still there.
    public internal(set) var nonFinite: [String] = []

    init(_ conversion: CheckpointConversion, folder: URL) {
        let items = conversion.files.flatMap(\.items)
        input = conversion.archive.url.path(percentEncoded: false)
        format = conversion.archive.format
        contents = conversion.contents
        files = conversion.fileNames
        output = folder.appending(path: files.last ?? conversion.fileName)
            .path(percentEncoded: false)
        tensors = items.count
        converted = items.count { $0.source.type != $0.target.type }
        renamed = items.count { $0.source.name != $0.target.name }
        types = Dictionary(grouping: items, by: \.target.type.rawValue).mapValues(\.count)
        inputBytes = conversion.inputByteCount
        outputBytes = conversion.outputByteCount
    }
}
