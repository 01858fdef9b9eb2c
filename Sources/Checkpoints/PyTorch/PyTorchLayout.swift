import Foundations

/// What a PyTorch file holds: its pickle, and where the bytes of its storages lie.
struct PyTorchLayout {
    let graph: PickleGraph
    /// The bytes of each record, from the start of the file, by the key that the pickle uses.
    let blocks: [String: Range<Int>]
    /// The name of the form, for people.
    let format: String

    /// The longest pickle, in bytes; that of the released checkpoint with 3,407 tensors has less than one million.
    static let pickleLimit = 64 << 20

    /// How a legacy file begins: a pickle of the number 0x1950A86A20F9469CFC6C.
    private static let legacyStart: [UInt8] = [
        0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]

    /// Reads the layout of a file whose form its first bytes tell.
    init(_ bytes: UnsafeRawBufferPointer, file: String) throws(CheckpointError) {
        if bytes.starts(with: [0x50, 0x4B]) {
            try self.init(zip: bytes, file: file)
        } else if bytes.count > 15, bytes[0] == 0x80, bytes[2..<15].elementsEqual(Self.legacyStart)
        {
            try self.init(legacy: bytes, file: file)
        } else {
            throw .corrupt(
                file: file,
                reason: "it begins like none of the files that PyTorch, from version 0.2 on, writes"
            )
        }
    }

    // MARK: Zip, since PyTorch 1.6

    private init(zip bytes: UnsafeRawBufferPointer, file: String) throws(CheckpointError) {
        let directory = try ZipDirectory(bytes, file: file)
        let suffix = "/data.pkl"
        let names = directory.records.keys.filter { $0.hasSuffix(suffix) }
        guard names.count == 1, let name = names.first, let place = directory.records[name] else {
            throw .corrupt(
                file: file,
                reason: names.isEmpty
                    ? "the zip archive holds no data.pkl, so torch.save did not write it"
                    : "the zip archive holds several data.pkl")
        }
        let folder = name.dropLast(suffix.count)
        if let order = directory.records["\(folder)/byteorder"],
            !bytes[order].elementsEqual("little".utf8)
        {
            throw .corrupt(
                file: file, reason: "its numbers are big-endian. Save it on a little-endian machine"
            )
        }
        graph = try Self.read(
            UnsafeRawBufferPointer(rebasing: bytes[place]), at: 0, file: file, isWhole: true
        ).graph
        let data = "\(folder)/data/"
        var blocks: [String: Range<Int>] = [:]
        for (name, place) in directory.records where name.hasPrefix(data) {
            blocks[String(name.dropFirst(data.count))] = place
        }
        self.blocks = blocks
        format = "PyTorch (zip)"
    }

    // MARK: Legacy, before PyTorch 1.6

    /// Four pickles in a row (number, version, machine, contents), a fifth with the keys of the storages in order, then
    /// each storage: its number of elements in 8 bytes, and the elements.
    private init(legacy bytes: UnsafeRawBufferPointer, file: String) throws(CheckpointError) {
        var position = 15
        let version = try Self.read(bytes, at: position, file: file)
        guard version.graph.root == .int(1001) else {
            throw .corrupt(file: file, reason: "its version is not 1001, the only legacy one")
        }
        let machine = try Self.read(bytes, at: version.end, file: file)
        if machine.graph.member("little_endian", of: machine.graph.root) == .bool(false) {
            throw .corrupt(
                file: file, reason: "its numbers are big-endian. Save it on a little-endian machine"
            )
        }
        let contents = try Self.read(bytes, at: machine.end, file: file)
        let keys = try Self.read(bytes, at: contents.end, file: file)
        position = keys.end
        var sizes: [String: Int] = [:]
        for storage in contents.graph.storages {
            sizes[storage.key] = StorageElement(storage.type)?.byteCount
        }
        var blocks: [String: Range<Int>] = [:]
        for key in keys.graph.items(of: keys.graph.root, .list) ?? [] {
            guard case .string(let name) = key, let size = sizes[name], position <= bytes.count - 8
            else {
                throw .corrupt(file: file, reason: "a storage has no known type, or is cut off")
            }
            let claimed = Int64(
                littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: Int64.self))
            position += 8
            guard let count = Int(exactly: claimed), count >= 0,
                count <= (bytes.count - position) / size
            else {
                throw .corrupt(
                    file: file, reason: "storage \(name.quoted) goes on past the end of the file")
            }
            blocks[name] = position..<position + count * size
            position += count * size
        }
        graph = contents.graph
        self.blocks = blocks
        format = "PyTorch (legacy)"
    }

    private static func read(
        _ bytes: UnsafeRawBufferPointer, at position: Int, file: String, isWhole: Bool = false
    ) throws(CheckpointError) -> (graph: PickleGraph, end: Int) {
        // A legacy file does not say how long its pickles are.
        let readable = bytes.prefix(position + pickleLimit)
        guard !isWhole || readable.count == bytes.count else {
            throw .headerTooLarge(file: file, length: UInt64(bytes.count), limit: pickleLimit)
        }
        do {
            return try PickleMachine.run(UnsafeRawBufferPointer(rebasing: readable), at: position)
        } catch {
            throw .corrupt(file: file, reason: "pickle byte \(error.offset): \(error.reason)")
        }
    }
}

/// The element types of PyTorch's storages and tensors, by the names that pickles use.
enum StorageElement {
    case known(StoredType)
    /// Bytes; the tensor says what they mean.
    case untyped

    init?(_ name: String) {
        switch name {
        case "DoubleStorage", "float64": self = .known(.float64)
        case "FloatStorage", "float32": self = .known(.float32)
        case "HalfStorage", "float16": self = .known(.float16)
        case "BFloat16Storage", "bfloat16": self = .known(.bfloat16)
        case "LongStorage", "int64": self = .known(.int64)
        case "IntStorage", "int32": self = .known(.int32)
        case "ShortStorage", "int16": self = .known(.int16)
        case "CharStorage", "int8": self = .known(.int8)
        case "ByteStorage", "uint8": self = .known(.uint8)
        case "BoolStorage", "bool": self = .known(.bool)
        case "UntypedStorage": self = .untyped
        default: return nil
        }
    }

    var byteCount: Int {
        switch self {
        case .known(let type): type.byteCount
        case .untyped: 1
        }
    }
}
