public import Foundation
import Foundations
import Journeys
import VideoIO

/// Clips of a folder with `captions.jsonl`.
///
/// Its lines are `{"clip": NAME, "caption": TEXT}`, where NAME is a video file or a folder of PNG frames. `dataset render`
/// makes such folders.
///
/// Frames are cut to a square in the middle and scaled to the wanted size. A clip that is shorter than a sample is
/// played to and fro.
public struct FolderSource: ClipSource {
    /// Which clips of the folder.
    public enum Part: Sendable {
        /// Nine in ten.
        case training
        /// Every tenth.
        case validation
    }

    private struct Line: Decodable {
        var clip: String
        var caption: String
        var truth: [FrameTruth]?
    }

    private struct Entry: Sendable {
        var path: String
        var caption: String
        var truth: [FrameTruth]
    }

    /// Side of the frames, in pixels.
    public let size: Int
    private let entries: [Entry]

    /// Reads the list of clips.
    public init(folder: URL, size: Int, part: Part) throws {
        let list = folder.appendingPathComponent("captions.jsonl")
        var all: [Entry] = []
        do {
            try BoundedFile.forEachLine(
                of: list, limit: Self.sizeLimit, lineLimit: Self.lineLimit
            ) { line, number in
                guard line.contains(where: { !Self.blanks.contains($0) }) else { return }
                guard all.count < Self.clipLimit else {
                    throw TrainingError.invalidData(
                        "\(list.path) has more than \(Self.clipLimit) clips")
                }
                all.append(try Self.entry(line, "\(list.path):\(number)", in: folder))
            }
        } catch let failure as BoundedFile.Failure {
            throw TrainingError.invalidData(
                "\(list.path): \(failure); the folder needs lines of "
                    + "{\"clip\": …, \"caption\": …}")
        }
        guard all.count >= 2 else {
            throw TrainingError.invalidData(
                "\(list.path) has \(all.count) clips, at least 2 are needed")
        }
        let isEnough = all.count >= 10
        entries = all.enumerated().filter { index, _ in
            let isValidation = isEnough ? index % 10 == 9 : index == all.count - 1
            return isValidation == (part == .validation)
        }.map(\.element)
        self.size = size
    }

    /// Bytes of the list, bytes of a line, and clips that are accepted at most.
    private static let (sizeLimit, lineLimit, clipLimit) = (4 << 30, 16 << 20, 10_000_000)
    private static let blanks = Set(" \t\r".utf8)

    /// Reads a line of the list.
    private static func entry(
        _ line: Data, _ place: String, in folder: URL
    ) throws(TrainingError) -> Entry {
        guard let line = try? JSONDecoder().decode(Line.self, from: line) else {
            throw .invalidData("\(place) is not JSON with 'clip' and 'caption'")
        }
        guard line.clip.isInsideFolder else {
            throw .invalidData("\(place) names a clip outside of the folder")
        }
        let truth = line.truth ?? []
        for box in truth.map(\.subjectBox) {
            let sizes = [box.x, box.y, box.width, box.height]
            guard sizes.allSatisfy({ abs($0) <= 1e6 }) else {
                throw .invalidData(
                    "\(place) has a subjectBox with a number outside of ±1000000 pixels")
            }
        }
        return Entry(
            path: folder.appendingPathComponent(line.clip).path, caption: line.caption,
            truth: truth)
    }

    /// A clip from the beginning of its file.
    ///
    /// - Throws: `TrainingError.invalidData` if large frames are wanted of a file that is too small for them.
    public func clip(index: Int, frameCount: Int, withLarge: Bool) async throws -> TrainingClip {
        let entry = entries[index % entries.count]
        let reader = try await VideoReader.open(entry.path)
        let largeSize = size * TrainingClip.enlargement
        var frames: [RGBFrame] = []
        var large: [RGBFrame] = []
        var scale = 1.0
        var corner = (x: 0.0, y: 0.0)  // of the middle square, in pixels of the file
        for try await frame in reader {
            let edge = min(frame.width, frame.height)
            scale = Double(size) / Double(edge)
            corner = (Double((frame.width - edge) / 2), Double((frame.height - edge) / 2))
            frames.append(frame.square(side: size))
            if withLarge {
                guard edge >= largeSize else {
                    throw TrainingError.invalidData(
                        "\(entry.path) has \(frame.width)×\(frame.height) pixels; to enhance, "
                            + "\(largeSize)×\(largeSize) are needed, \(TrainingClip.enlargement) "
                            + "times the recipe's size")
                }
                large.append(frame.square(side: largeSize))
            }
            if frames.count == frameCount { break }
        }
        guard !frames.isEmpty else {
            throw TrainingError.invalidData("\(entry.path) has no frames")
        }
        let order = (0..<frameCount).map { position in
            let period = max(2 * frames.count - 2, 1)
            let place = position % period
            return place < frames.count ? place : period - place
        }
        // The truth is in the pixels of the file.
        return TrainingClip(
            frames: order.map { frames[$0] }, large: withLarge ? order.map { large[$0] } : nil,
            caption: entry.caption,
            boxes: order.map { place in
                guard place < entry.truth.count else { return nil }
                let box = entry.truth[place].subjectBox
                return FrameTruth.Box(
                    x: (box.x - corner.x) * scale, y: (box.y - corner.y) * scale,
                    width: box.width * scale, height: box.height * scale)
            }, index: index)
    }

    /// The captions of the folder.
    public func captions(count: Int) async throws -> [String] {
        entries.prefix(count).map(\.caption)
    }
}

extension RGBFrame {
    /// The middle square, scaled to `side` by averaging or repeating pixels.
    func square(side: Int) -> RGBFrame {
        let edge = min(width, height)
        if edge == side, width == height { return self }
        let (left, top) = ((width - edge) / 2, (height - edge) / 2)
        var result = [UInt8](repeating: 0, count: side * side * 3)
        for row in 0..<side {
            let rows = span(row, side, edge)
            for column in 0..<side {
                let columns = span(column, side, edge)
                for channel in 0..<3 {
                    var sum = 0
                    for y in rows {
                        for x in columns {
                            sum += Int(pixels[((top + y) * width + left + x) * 3 + channel])
                        }
                    }
                    let count = rows.count * columns.count
                    result[(row * side + column) * 3 + channel] = UInt8((sum + count / 2) / count)
                }
            }
        }
        return RGBFrame(width: side, height: side, pixels: result)
    }

    /// Source pixels of a target pixel, at least one.
    private func span(_ position: Int, _ side: Int, _ edge: Int) -> Range<Int> {
        let begin = position * edge / side
        return begin..<max((position + 1) * edge / side, begin + 1)
    }
}
