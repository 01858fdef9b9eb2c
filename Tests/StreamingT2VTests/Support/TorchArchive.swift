import Checkpoints
import Foundation
import Torch

/// Writes what `torch.save({"state_dict": …, "epoch": 3})` does: a zip archive with a pickle and one record per tensor.
enum TorchArchive {
    static func write(_ archive: any TensorArchive, to url: URL) throws {
        var pickle = Data([0x80, 2]) + Data("}X\u{a}\0\0\0state_dict}(".utf8)
        var records: [(name: String, bytes: Data)] = []
        for (number, name) in archive.names.enumerated() {
            let tensor = try archive.tensor(name).converted(to: .float32)
            pickle += text(name)
            pickle += Data("ctorch._utils\n_rebuild_tensor_v2\n((".utf8)
            pickle += text("storage") + Data("ctorch\nFloatStorage\n".utf8)
            pickle += text("\(number)") + text("cpu") + integer(tensor.count)
            pickle += Data("tQK\0(".utf8)
            for size in tensor.shape { pickle += integer(size) }
            pickle += Data("t(".utf8)
            for axis in tensor.shape.indices {
                pickle += integer(tensor.shape[(axis + 1)...].reduce(1, *))
            }
            pickle += Data("t".utf8) + Data([0x89]) + Data("ccollections\nOrderedDict\n)RtR".utf8)
            records.append(("data/\(number)", Data(try tensor.bytes())))
        }
        pickle += Data("usX\u{5}\0\0\0epochK\u{3}s.".utf8)
        try zip([("data.pkl", pickle), ("byteorder", Data("little".utf8))] + records).write(to: url)
    }

    private static func text(_ value: String) -> Data {
        Data("X".utf8) + word(value.utf8.count, 4) + Data(value.utf8)
    }

    private static func integer(_ value: Int) -> Data { Data("J".utf8) + word(value, 4) }

    private static func word(_ value: Int, _ bytes: Int) -> Data {
        Data((0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) })
    }

    /// Stored, not deflated; nobody looks at the checksums.
    private static func zip(_ records: [(name: String, bytes: Data)]) -> Data {
        var file = Data()
        var directory = Data()
        for (name, bytes) in records {
            let path = Data("archive/\(name)".utf8)
            let common =
                word(20, 2) + word(0, 2) + word(0, 2) + word(0, 8) + word(bytes.count, 4)
                + word(bytes.count, 4) + word(path.count, 2) + word(0, 2)
            directory += Data([0x50, 0x4B, 1, 2]) + word(20, 2) + common + word(0, 2)
            directory += word(0, 2) + word(0, 2) + word(0, 4) + word(file.count, 4) + path
            file += Data([0x50, 0x4B, 3, 4]) + common + path + bytes
        }
        let end =
            Data([0x50, 0x4B, 5, 6]) + word(0, 4) + word(records.count, 2)
            + word(records.count, 2) + word(directory.count, 4) + word(file.count, 4) + word(0, 2)
        return file + directory + end
    }
}
