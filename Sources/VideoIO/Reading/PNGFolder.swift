import Foundation
import Foundations

/// The names in a folder of PNG frames.
enum PNGFolder {
    /// The largest number of a frame; no video is so long.
    static let numberLimit = 999_999_999
    /// The largest PNG file that is read, in bytes: more than any picture that is decoded takes.
    private static let fileLimit = 1 << 30

    static func name(of index: Int) -> String {
        let digits = String(index)
        return "frame-" + String(repeating: "0", count: max(0, 6 - digits.count)) + digits + ".png"
    }

    /// The number in `frame-000012.png`, or `nil` for any other name.
    ///
    /// One above ``numberLimit`` is one more than that.
    static func number(of name: String) -> Int? {
        guard name.hasPrefix("frame-"), name.hasSuffix(".png") else { return nil }
        let digits = name.dropFirst(6).dropLast(4)
        guard digits.count >= 6, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else {
            return nil
        }
        return min(Int(digits) ?? .max, numberLimit + 1)
    }

    /// The numbers of the frames in a folder, which must follow each other without a gap.
    static func numbers(in folder: String) throws(VideoIOError) -> Range<Int> {
        let names: [String]
        do {
            names = try FileManager.default.contentsOfDirectory(atPath: folder)
        } catch {
            throw .readFailed(path: folder, reason: error.localizedDescription)
        }
        let numbers = names.compactMap(number).sorted()
        guard let first = numbers.first, let last = numbers.last else {
            throw .notAVideo(path: folder, detail: "the folder holds no frame-000000.png")
        }
        guard last <= numberLimit else {
            throw .notAVideo(
                path: folder, detail: "a frame has a number above \(numberLimit)")
        }
        if let gap = zip(numbers, numbers.dropFirst()).first(where: { $0 + 1 != $1 }) {
            throw .damaged(
                path: folder, framesRead: gap.0 - first + 1,
                detail: "\(name(of: gap.0 + 1)) is missing")
        }
        return first..<last + 1
    }

    static func frame(_ number: Int, in folder: String) throws(VideoIOError) -> RGBFrame {
        let path = "\(folder)/\(name(of: number))"
        if case .special(let kind) = FileKind(path: path) {
            throw .inputNotRegular(path: path, kind: kind)  // opening it might block
        }
        let data: Data
        do {
            data = try BoundedFile.contents(of: URL(fileURLWithPath: path), limit: fileLimit)
        } catch {
            throw .readFailed(path: path, reason: "\(error)")
        }
        return try PNG.decode([UInt8](data))
    }
}
