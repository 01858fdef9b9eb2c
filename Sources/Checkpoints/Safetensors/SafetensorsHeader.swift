import Foundations

/// The header of a safetensors file, read and proved against the file's length.
struct SafetensorsHeader {
    /// The longest header, in bytes; the reference implementation has the same limit.
    static let lengthLimit = 100_000_000
    /// The most dimensions of one tensor.
    static let rankLimit = 64

    private(set) var entries: [String: CheckpointEntry] = [:]
    private(set) var metadata: [String: String] = [:]

    /// Reads header text and checks it against the length of the data that follows.
    ///
    /// - Parameters:
    ///   - text: the JSON text with its padding.
    ///   - dataLength: bytes after the header.
    ///   - file: path for messages.
    init(text: [UInt8], dataLength: Int, file: String) throws(CheckpointError) {
        let claims: [Claim]
        do {
            claims = try Self.read(text, metadata: &metadata)
        } catch {
            throw .corrupt(file: file, reason: "header byte \(error.offset): \(error.reason)")
        }
        entries.reserveCapacity(claims.count)
        for claim in claims {
            entries[claim.name] = try claim.checked(dataLength: dataLength, file: file)
        }
        try checkCoverage(dataLength: dataLength, file: file)
    }

    private static func read(
        _ text: [UInt8], metadata: inout [String: String]
    ) throws(JSONError) -> [Claim] {
        var cursor = JSONCursor(text)
        guard cursor.next == UInt8(ascii: "{") else {
            throw cursor.error("the header has to begin with '{'")
        }
        var claims: [Claim] = []
        var notes: [String: String] = [:]
        try cursor.readObject { (cursor, name) throws(JSONError) in
            if name == "__metadata__" {
                try cursor.readObject { (cursor, key) throws(JSONError) in
                    notes[key] = try cursor.readString()
                }
            } else {
                claims.append(try Claim(name: name, from: &cursor))
            }
        }
        try cursor.expectEnd()
        metadata = notes
        return claims
    }

    /// Checks that the tensors fill the data exactly, each byte once.
    private func checkCoverage(dataLength: Int, file: String) throws(CheckpointError) {
        let inOrder = entries.values.sorted {
            ($0.byteRange.lowerBound, $0.byteRange.upperBound, $0.name)
                < ($1.byteRange.lowerBound, $1.byteRange.upperBound, $1.name)
        }
        var end = 0
        var previous = ""
        for entry in inOrder {
            let begin = entry.byteRange.lowerBound
            guard begin >= end else {
                throw .overlapping(file: file, name: entry.name, other: previous)
            }
            guard begin == end else {
                throw .corrupt(
                    file: file,
                    reason: "no tensor covers data bytes \(end) to \(begin), "
                        + "before \(entry.name.quoted)")
            }
            end = entry.byteRange.upperBound
            previous = entry.name
        }
        guard end == dataLength else {
            throw .corrupt(
                file: file, reason: "the tensors end at data byte \(end), the data at \(dataLength)"
            )
        }
    }
}

/// What the header says of one tensor, not yet believed.
private struct Claim {
    let name: String
    var type: String?
    var shape: [Int]?
    var offsets: [Int]?

    init(name: String, from cursor: inout JSONCursor) throws(JSONError) {
        self.name = name
        var type: String?
        var shape: [Int]?
        var offsets: [Int]?
        try cursor.readObject { (cursor, field) throws(JSONError) in
            switch field {
            case "dtype": type = try cursor.readString()
            case "shape": shape = try Self.readSizes(&cursor, limit: SafetensorsHeader.rankLimit)
            case "data_offsets": offsets = try Self.readSizes(&cursor, limit: 2)
            default: throw cursor.error("unknown field \(field.quoted) of \(name.quoted)")
            }
        }
        (self.type, self.shape, self.offsets) = (type, shape, offsets)
    }

    private static func readSizes(
        _ cursor: inout JSONCursor, limit: Int
    ) throws(JSONError) -> [Int] {
        var sizes: [Int] = []
        try cursor.readArray { (cursor) throws(JSONError) in
            guard sizes.count < limit else { throw cursor.error("more than \(limit) numbers") }
            sizes.append(try cursor.readSize())
        }
        return sizes
    }

    func checked(dataLength: Int, file: String) throws(CheckpointError) -> CheckpointEntry {
        guard let type, let shape, let offsets, offsets.count == 2 else {
            throw .corrupt(
                file: file, reason: "\(name.quoted) lacks dtype, shape or two data_offsets")
        }
        guard let storedType = StoredType(rawValue: type) else {
            throw .unknownType(file: file, name: name, type: type)
        }
        let (begin, end) = (offsets[0], offsets[1])
        guard begin <= end, end <= dataLength else {
            throw .corrupt(
                file: file,
                reason: "\(name.quoted) claims data bytes \(begin) to \(end) of \(dataLength)")
        }
        guard let byteCount = storedType.byteCount(of: shape) else {
            throw .corrupt(
                file: file, reason: "the byte count of \(name.quoted) \(shape) exceeds 63 bits")
        }
        guard byteCount == end - begin else {
            throw .corrupt(
                file: file,
                reason: "\(name.quoted) \(shape) of type \(type) needs \(byteCount) bytes, "
                    + "its offsets give \(end - begin)")
        }
        return CheckpointEntry(name: name, type: storedType, shape: shape, byteRange: begin..<end)
    }
}
