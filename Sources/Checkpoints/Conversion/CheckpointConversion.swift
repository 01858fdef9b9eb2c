/// Makes safetensors of any checkpoint, tensor by tensor.
///
/// Names stay as they are, except those of an autoencoder's attention in diffusers before 0.18, which become today's.
/// Floating-point numbers may change their type, integers never do. Memory does not grow with the checkpoint: numbers
/// go through in blocks, and only a tensor that the input does not store row by row is held as a whole.
///
///     let conversion = try CheckpointConversion(of: openCheckpoint(input), type: .float16)
///     let report = try conversion.write(to: folder)
public struct CheckpointConversion: Sendable {
    /// The checkpoint to be converted.
    public let archive: any TensorArchive
    /// What it seems to be; it decides the name of the output.
    public let contents: CheckpointContents?
    /// Names of the files to be written: one, or shards and behind them their index.
    public var fileNames: [String] { files.map(\.name) + (isSharded ? [indexName] : []) }
    /// Bytes of all tensors in the input.
    public let inputByteCount: Int
    /// Bytes of all tensors in the output, headers not counted.
    public let outputByteCount: Int

    /// The most bytes of tensors that one file gets if nothing else is said: 5 GB, as diffusers has it.
    public static let defaultShardByteCount = 5_000_000_000

    /// One tensor, by its name in the input, and what it becomes.
    struct Item: Sendable {
        let source: CheckpointEntry
        let target: TensorDeclaration

        /// Bytes in the output; 0 for shapes that the header is going to refuse.
        var byteCount: Int { target.type.byteCount(of: target.shape) ?? 0 }
    }

    /// One file of the output.
    struct File: Sendable {
        let name: String
        let items: [Item]
    }

    let files: [File]
    /// The name of the output as one file.
    let fileName: String

    var indexName: String { fileName + ".index.json" }
    var isSharded: Bool { files.count > 1 }

    /// Plans a conversion; nothing is written and no numbers are read.
    ///
    /// - Parameters:
    ///   - archive: the checkpoint.
    ///   - type: the type of all floating-point numbers; `nil` keeps each tensor's own.
    ///   - shardByteCount: where the tensors have more bytes than this, they are spread over several files of at most
    ///     as many bytes each; a tensor that is larger gets a file of its own.
    /// - Precondition: `type` is a floating-point type and `shardByteCount` is positive.
    public init(
        of archive: any TensorArchive, type: StoredType? = nil,
        shardByteCount: Int = defaultShardByteCount
    ) {
        precondition(type?.dtype.isFloatingPoint ?? true, "numbers cannot become integers")
        precondition(shardByteCount > 0, "a file needs at least one byte")
        self.archive = archive
        contents = CheckpointContents(names: archive.names)
        fileName = contents?.fileName ?? CheckpointContents.plainFileName
        let renaming =
            contents == .autoencoder ? CheckpointKeyMap.autoencoderRenaming : CheckpointKeyMap()
        let items = archive.names.compactMap { archive.entries[$0] }.map { entry in
            let isFloatingPoint = entry.type.dtype.isFloatingPoint
            return Item(
                source: entry,
                target: TensorDeclaration(
                    name: renaming.checkpointKey(for: entry.name),
                    type: isFloatingPoint ? type ?? entry.type : entry.type, shape: entry.shape))
        }
        inputByteCount = items.reduce(0) {
            $0 + ($1.source.type.byteCount(of: $1.source.shape) ?? 0)
        }
        outputByteCount = items.reduce(0) { $0 + $1.byteCount }
        files = Self.files(items, fileName: fileName, shardByteCount: shardByteCount)
    }

    /// Spreads tensors over files, in the order of their names.
    private static func files(
        _ items: [Item], fileName: String, shardByteCount: Int
    ) -> [File] {
        var shards: [[Item]] = [[]]
        var room = shardByteCount
        for item in items {
            if item.byteCount > room, shards.last?.isEmpty == false {
                shards.append([])
                room = shardByteCount
            }
            shards[shards.count - 1].append(item)
            room -= item.byteCount
        }
        return shards.enumerated().map { number, items in
            let name =
                shards.count == 1
                ? fileName : shardName(of: fileName, number: number + 1, count: shards.count)
            // Large elements first: each tensor then begins at a multiple of its element's size, which other readers
            // need.
            let ordered = items.sorted {
                ($1.target.type.byteCount, $0.target.name)
                    < ($0.target.type.byteCount, $1.target.name)
            }
            return File(name: name, items: ordered)
        }
    }

    private static func shardName(of fileName: String, number: Int, count: Int) -> String {
        func five(_ number: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(5 - digits.count, 0)) + digits
        }
        let stem = fileName.dropLast(".safetensors".count)
        return "\(stem)-\(five(number))-of-\(five(count)).safetensors"
    }
}
