import Foundation

/// Reads byte tensors of a safetensors file; just enough for the fixtures.
struct SafetensorsFixture {
    struct Tensor {
        var shape: [Int]
        var bytes: [UInt8]
    }

    enum ReadError: Error {
        case malformed(String)
        case missing(String)
    }

    private struct Entry: Decodable {
        var dtype: String
        var shape: [Int]
        var offsets: [Int]

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case offsets = "data_offsets"
        }
    }

    private let entries: [String: Entry]
    private let data: [UInt8]

    init(_ file: URL) throws {
        let bytes = [UInt8](try Data(contentsOf: file))
        guard bytes.count >= 8 else { throw ReadError.malformed(file.path) }
        let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length >= 0, length <= bytes.count - 8 else { throw ReadError.malformed(file.path) }
        let header = Data(bytes[8..<8 + length])
        entries = try JSONDecoder().decode([String: Entry].self, from: header)
        data = Array(bytes[(8 + length)...])
    }

    subscript(name: String) -> Tensor {
        get throws {
            guard let entry = entries[name], entry.dtype == "U8" else {
                throw ReadError.missing(name)
            }
            guard entry.offsets.count == 2, entry.offsets[0] >= 0,
                entry.offsets[0] <= entry.offsets[1], entry.offsets[1] <= data.count,
                entry.shape.reduce(1, *) == entry.offsets[1] - entry.offsets[0]
            else { throw ReadError.malformed(name) }
            return Tensor(
                shape: entry.shape, bytes: Array(data[entry.offsets[0]..<entry.offsets[1]]))
        }
    }
}
