import CZlib

/// PNG images of 8 bits per channel, without interlacing.
///
/// Source: W3C, Portable Network Graphics (PNG) Specification, third edition.
public enum PNG {
    /// The largest picture that is decoded, in pixels; checked before memory is taken.
    public static let maximumPixelCount = 1 << 26

    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    /// Encodes a frame as 8-bit RGB, without loss.
    ///
    /// - Parameter level: effort of the compression, from 0 (none) to 9.
    public static func encode(_ frame: RGBFrame, level: Int = 6) -> [UInt8] {
        var header: [UInt8] = []
        header.append(bigEndian: UInt32(frame.width))
        header.append(bigEndian: UInt32(frame.height))
        header += [8, 2, 0, 0, 0]  // depth, RGB, deflate, adaptive filters, not interlaced
        var file = signature
        append("IHDR", header, to: &file)
        append("IDAT", deflate(PNGFilter.applied(to: frame), level: level), to: &file)
        append("IEND", [], to: &file)
        return file
    }

    private static func append(_ type: String, _ data: [UInt8], to file: inout [UInt8]) {
        let body = Array(type.utf8) + data
        file.append(bigEndian: UInt32(data.count))
        file += body
        file.append(bigEndian: checksum(body[...]))
    }

    static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.withUnsafeBufferPointer {
            UInt32(truncatingIfNeeded: crc32_z(0, $0.baseAddress, $0.count))
        }
    }

    private static func deflate(_ bytes: [UInt8], level: Int) -> [UInt8] {
        var length = compressBound(UInt(bytes.count))
        let output = [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
            let status = compress2(
                buffer.baseAddress, &length, bytes, UInt(bytes.count), Int32(min(9, max(0, level))))
            precondition(status == Z_OK, "the buffer holds the worst case")
            count = Int(length)
        }
        return output
    }
}

extension [UInt8] {
    mutating func append(bigEndian value: UInt32) {
        for shift in stride(from: 24, through: 0, by: -8) {
            append(UInt8(truncatingIfNeeded: value >> UInt32(shift)))
        }
    }
}
