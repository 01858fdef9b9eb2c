/// The bytes of a pickle, read from front to back with every length checked.
struct PickleReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var position: Int

    init(_ bytes: UnsafeRawBufferPointer, at position: Int) {
        (self.bytes, self.position) = (bytes, position)
    }

    func error(_ reason: String) -> PickleError { PickleError(offset: position, reason: reason) }

    mutating func byte() throws(PickleError) -> UInt8 {
        guard position < bytes.count else { throw error("it ends without a STOP") }
        defer { position += 1 }
        return bytes[position]
    }

    /// A little-endian number.
    mutating func number<Number: FixedWidthInteger>(
        _ type: Number.Type
    ) throws(PickleError) -> Number {
        let size = MemoryLayout<Number>.size
        guard bytes.count - position >= size else { throw error("it ends inside of a number") }
        defer { position += size }
        return Number(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: type))
    }

    /// A length field; what follows has to be there.
    mutating func length<Number: FixedWidthInteger>(
        _ type: Number.Type
    ) throws(PickleError) -> Int {
        let claimed = try number(type)
        guard let count = Int(exactly: claimed), (0...bytes.count - position).contains(count) else {
            throw error("a value claims \(claimed) bytes, \(bytes.count - position) are left")
        }
        return count
    }

    mutating func skip(_ count: Int) { position += count }

    /// Text of so many bytes; a byte that is no UTF-8 becomes U+FFFD.
    mutating func text(_ count: Int) -> String {
        defer { position += count }
        return String(decoding: bytes[position..<position + count], as: UTF8.self)
    }

    /// Text up to the end of the line, as the oldest protocol writes all values.
    mutating func line() throws(PickleError) -> String {
        guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")) else {
            throw error("it ends inside of a line")
        }
        defer { position = end + 1 }
        return String(decoding: bytes[position..<end], as: UTF8.self)
    }

    /// A signed integer of so many bytes, or nil if it needs more than 64 bits.
    mutating func integer(_ count: Int) -> Int? {
        defer { position += count }
        guard count <= 8 else { return nil }
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(bytes[position + index]) << UInt64(8 * index) }
        guard count > 0, count < 8, bytes[position + count - 1] & 0x80 != 0 else {
            return Int(Int64(bitPattern: value))
        }
        return Int(Int64(bitPattern: value | ~0 << UInt64(8 * count)))
    }

    /// A double, most significant byte first.
    mutating func double() throws(PickleError) -> Double {
        Double(bitPattern: UInt64(bigEndian: try number(UInt64.self).littleEndian))
    }
}
