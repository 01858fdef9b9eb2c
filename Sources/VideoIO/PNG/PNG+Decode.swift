import CZlib

extension PNG {
    /// Decodes an 8-bit gray, gray with alpha, RGB or RGBA image; alpha is ignored.
    ///
    /// Sizes, order and checksums are verified before memory is taken for the picture.
    ///
    /// - Throws: `VideoIOError.invalidPNG` with the reason.
    public static func decode(_ bytes: [UInt8]) throws(VideoIOError) -> RGBFrame {
        guard bytes.starts(with: signature) else {
            throw .invalidPNG(reason: "the signature is missing")
        }
        var header: Header?
        var compressed: [UInt8] = []
        var (hasData, dataIsOver) = (false, false)
        var position = signature.count
        while true {
            let chunk = try Chunk(bytes, at: position)
            position = chunk.end
            guard (header == nil) == (chunk.type == "IHDR") else {
                throw .invalidPNG(reason: "IHDR must come first and once")
            }
            if hasData, chunk.type != "IDAT" { dataIsOver = true }
            switch chunk.type {
            case "IHDR":
                header = try Header(chunk.data)
            case "IDAT":
                guard !dataIsOver else { throw .invalidPNG(reason: "IDAT chunks are scattered") }
                hasData = true
                compressed += chunk.data
            case "IEND":
                guard let header, hasData else { throw .invalidPNG(reason: "it holds no picture") }
                return try picture(header, compressed)
            default:
                // A capital first letter marks what no reader may skip; a palette is only a hint
                // for the kinds that are accepted here.
                if chunk.isCritical, chunk.type != "PLTE" {
                    throw .invalidPNG(reason: "unknown critical chunk \(chunk.type)")
                }
            }
        }
    }

    private struct Chunk {
        let type: String
        let isCritical: Bool
        let data: ArraySlice<UInt8>
        let end: Int

        init(_ bytes: [UInt8], at start: Int) throws(VideoIOError) {
            guard bytes.count - start >= 12 else {
                throw .invalidPNG(reason: "it breaks off at byte \(start)")
            }
            let length = Int(PNG.number(bytes, at: start))
            guard length <= bytes.count - start - 12 else {
                throw .invalidPNG(
                    reason: "the chunk at byte \(start) claims \(length) bytes, "
                        + "\(bytes.count - start - 12) are left")
            }
            data = bytes[start + 8..<start + 8 + length]
            end = data.endIndex + 4
            let body = bytes[start + 4..<data.endIndex]
            type = String(decoding: body.prefix(4), as: UTF8.self)
            isCritical = bytes[start + 4] & 0x20 == 0
            guard PNG.checksum(body) == PNG.number(bytes, at: data.endIndex) else {
                throw .invalidPNG(reason: "the checksum of \(type) at byte \(start) is wrong")
            }
        }
    }

    private struct Header {
        let width: Int
        let height: Int
        let channels: Int

        init(_ data: ArraySlice<UInt8>) throws(VideoIOError) {
            let bytes = Array(data)
            guard bytes.count == 13 else { throw .invalidPNG(reason: "IHDR needs 13 bytes") }
            width = Int(PNG.number(bytes, at: 0))
            height = Int(PNG.number(bytes, at: 4))
            guard (1..<1 << 31).contains(width), (1..<1 << 31).contains(height),
                width * height <= maximumPixelCount  // no overflow: both are below 2³¹
            else {
                throw .invalidPNG(
                    reason: "\(width)×\(height) pixels; the limit is \(maximumPixelCount) pixels")
            }
            guard bytes[8] == 8 else {
                throw .invalidPNG(reason: "\(bytes[8]) bits per channel instead of 8")
            }
            switch bytes[9] {
            case 0: channels = 1
            case 2: channels = 3
            case 4: channels = 2
            case 6: channels = 4
            default: throw .invalidPNG(reason: "colour type \(bytes[9]) is not supported")
            }
            guard bytes[10] == 0, bytes[11] == 0, bytes[12] == 0 else {
                throw .invalidPNG(reason: "it is interlaced or uses an unknown compression")
            }
        }
    }

    private static func picture(
        _ header: Header, _ compressed: [UInt8]
    ) throws(VideoIOError) -> RGBFrame {
        let (width, height, channels) = (header.width, header.height, header.channels)
        let rowLength = width * channels
        let size = height * (rowLength + 1)
        // Deflate cannot shrink by more than 1032, so less input than this is a lie about the size.
        guard compressed.count > size / 1032 else {
            throw .invalidPNG(reason: "\(compressed.count) bytes cannot hold \(width)×\(height)")
        }
        var rows = try inflate(compressed, size: size)
        let badFilter = rows.withUnsafeMutableBufferPointer { rows -> UInt8? in
            for row in 0..<height {
                let name = rows[row * (rowLength + 1)]
                guard let filter = PNGFilter(rawValue: name) else { return name }
                filter.undo(rows, row: row, length: rowLength, step: channels)
            }
            return nil
        }
        if let badFilter { throw .invalidPNG(reason: "unknown row filter \(badFilter)") }
        let isGray = channels < 3
        let pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { output, count in
            rows.withUnsafeBufferPointer { rows in
                for row in 0..<height {
                    for column in 0..<width {
                        let from = row * (rowLength + 1) + 1 + column * channels
                        output[count] = rows[from]
                        output[count + 1] = rows[isGray ? from : from + 1]
                        output[count + 2] = rows[isGray ? from : from + 2]
                        count += 3
                    }
                }
            }
        }
        return RGBFrame(width: width, height: height, pixels: pixels)
    }

    /// Unpacks exactly `size` bytes, no more and no fewer.
    private static func inflate(_ bytes: [UInt8], size: Int) throws(VideoIOError) -> [UInt8] {
        var (status, used) = (Z_OK, UInt(bytes.count))
        let output = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            var length = UInt(size)
            status = uncompress2(buffer.baseAddress, &length, bytes, &used)
            count = Int(length)
        }
        guard status == Z_OK, output.count == size, used == UInt(bytes.count) else {
            throw .invalidPNG(
                reason: "the compressed picture is damaged or has another size than announced")
        }
        return output
    }

    private static func number(_ bytes: [UInt8], at start: Int) -> UInt32 {
        bytes[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
