import Foundations

/// Where the records of an uncompressed zip archive lie, as PyTorch writes them.
///
/// Source: PKWARE, "APPNOTE.TXT", sections 4.3.7 to 4.3.16.
struct ZipDirectory {
    /// The bytes of each record, from the start of the file, by the record's name.
    private(set) var records: [String: Range<Int>] = [:]

    private let bytes: UnsafeRawBufferPointer
    private let file: String

    /// Reads the directory at the end of an archive and proves it against the file.
    ///
    /// - Throws: `CheckpointError.corrupt`, also for compressed or encrypted records, which PyTorch does not write.
    init(_ bytes: UnsafeRawBufferPointer, file: String) throws(CheckpointError) {
        (self.bytes, self.file) = (bytes, file)
        let end = try endRecord()
        var position = end.directory
        for _ in 0..<end.count {
            position = try readEntry(at: position, limit: end.directory)
        }
    }

    /// Position of the directory and its number of entries.
    private func endRecord() throws(CheckpointError) -> (directory: Int, count: Int) {
        // A comment of up to 65,535 bytes may follow the record of 22.
        let lowest = max(bytes.count - 22 - 65_535, 0)
        var position = bytes.count - 22
        while position >= lowest, bytes.word(at: position) != 0x0605_4B50 { position -= 1 }
        guard position >= lowest, position >= 0 else {
            throw damaged("the zip archive has no end; the file is cut short")
        }
        var (count, directory) = (
            Int(bytes.half(at: position + 10)), Int(bytes.word(at: position + 16))
        )
        if position >= 20, bytes.word(at: position - 20) == 0x0706_4B50 {
            let wide = bytes.long(at: position - 20 + 8)
            guard let start = Int(exactly: wide), start <= position - 20 - 56,
                bytes.word(at: start) == 0x0606_4B50,
                let wideCount = Int(exactly: bytes.long(at: start + 32)),
                let wideDirectory = Int(exactly: bytes.long(at: start + 48))
            else { throw damaged("the end of the zip archive contradicts itself") }
            (count, directory) = (wideCount, wideDirectory)
        }
        // An entry takes 46 bytes at least.
        guard directory <= position, count <= (position - directory) / 46 else {
            throw damaged("the directory of the zip archive is not where its end says")
        }
        return (directory, count)
    }

    /// Reads one entry of the directory; returns the position of the next.
    private mutating func readEntry(at position: Int, limit: Int) throws(CheckpointError) -> Int {
        guard position <= bytes.count - 46, bytes.word(at: position) == 0x0201_4B50 else {
            throw damaged("the directory of the zip archive is cut short")
        }
        let flags = bytes.half(at: position + 8)
        let method = bytes.half(at: position + 10)
        let nameLength = Int(bytes.half(at: position + 28))
        let extraLength = Int(bytes.half(at: position + 30))
        let next = position + 46 + nameLength + extraLength + Int(bytes.half(at: position + 32))
        guard next <= bytes.count else {
            throw damaged("the directory of the zip archive is cut short")
        }
        let name = String(
            decoding: bytes[position + 46..<position + 46 + nameLength], as: UTF8.self)
        guard method == 0, flags & 1 == 0,
            bytes.word(at: position + 20) == bytes.word(at: position + 24)
        else {
            throw damaged(
                "record \(name.quoted) is compressed or encrypted, which PyTorch does not do")
        }
        var size = UInt64(bytes.word(at: position + 24))
        var start = UInt64(bytes.word(at: position + 42))
        let extra = position + 46 + nameLength
        try widen(&size, &start, extra: extra..<extra + extraLength)
        try add(name, header: start, size: size, limit: limit)
        return next
    }

    /// Takes 64-bit values from the extra field where the entry's own are all ones.
    private func widen(
        _ size: inout UInt64, _ start: inout UInt64, extra: Range<Int>
    ) throws(CheckpointError) {
        let ones = UInt64(UInt32.max)
        guard size == ones || start == ones else { return }
        var position = extra.lowerBound
        while position + 4 <= extra.upperBound {
            let length = Int(bytes.half(at: position + 2))
            let end = position + 4 + length
            guard end <= extra.upperBound else { break }
            if bytes.half(at: position) == 1 {
                var field = position + 4
                // In this order: size, size in the archive, place.
                if size == ones, field + 16 <= end {
                    size = bytes.long(at: field)
                    field += 16
                }
                if start == ones, field + 8 <= end { start = bytes.long(at: field) }
                return
            }
            position = end
        }
        throw damaged("a record of the zip archive lacks its 64-bit size")
    }

    private mutating func add(
        _ name: String, header: UInt64, size: UInt64, limit: Int
    ) throws(CheckpointError) {
        guard let header = Int(exactly: header), let size = Int(exactly: size),
            header <= limit - 30, bytes.word(at: header) == 0x0403_4B50
        else { throw damaged("record \(name.quoted) is not where the directory says") }
        let start =
            header + 30 + Int(bytes.half(at: header + 26)) + Int(bytes.half(at: header + 28))
        guard start <= limit, size <= limit - start else {
            throw damaged("record \(name.quoted) goes on past the end of the data")
        }
        guard records.updateValue(start..<start + size, forKey: name) == nil else {
            throw damaged("record \(name.quoted) occurs twice")
        }
    }

    private func damaged(_ reason: String) -> CheckpointError {
        .corrupt(file: file, reason: reason)
    }
}

extension UnsafeRawBufferPointer {
    /// Little-endian numbers at a position that has been checked.
    fileprivate func half(at position: Int) -> UInt16 {
        UInt16(littleEndian: loadUnaligned(fromByteOffset: position, as: UInt16.self))
    }
    fileprivate func word(at position: Int) -> UInt32 {
        UInt32(littleEndian: loadUnaligned(fromByteOffset: position, as: UInt32.self))
    }
    fileprivate func long(at position: Int) -> UInt64 {
        UInt64(littleEndian: loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }
}
