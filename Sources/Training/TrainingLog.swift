import Foundation
import Foundations
import VideoIO

/// One line of a stage's log.
struct TrainingLogEntry: Codable, Sendable {
    var stage: String
    var step: Int
    var loss: Double
    var learningRate: Double
    var gradientNorm: Double
    var samplesPerSecond: Double
    /// Seconds of training behind this step, over all sessions.
    var seconds: Double
    var figures: [String: Double]?

    enum CodingKeys: String, CodingKey {
        case stage, step, loss, seconds, figures
        case learningRate = "learning_rate"
        case gradientNorm = "gradient_norm"
        case samplesPerSecond = "samples_per_second"
    }
}

/// The log of a stage: JSON lines and a plot of the loss.
struct TrainingLog {
    let file: URL
    private(set) var entries: [TrainingLogEntry]
    private let encoder: JSONEncoder

    /// Opens the log and drops what a killed session wrote behind its last checkpoint.
    init(file: URL, upTo step: Int) throws {
        self.file = file
        encoder = JSONEncoder()
        // A line that is read and written again stays the same.
        encoder.outputFormatting = .sortedKeys
        entries = []
        if FileManager.default.fileExists(atPath: file.path) {
            entries = try Self.entries(in: file, upTo: step)
        }
        try rewrite()
    }

    /// The entries of a file; a line that is not whole was being written when its session was killed.
    private static func entries(in file: URL, upTo step: Int) throws -> [TrainingLogEntry] {
        let decoder = JSONDecoder()
        var entries: [TrainingLogEntry] = []
        do {
            try BoundedFile.forEachLine(of: file, limit: 1 << 30, lineLimit: 1 << 16) { line, _ in
                let entry = try? decoder.decode(TrainingLogEntry.self, from: line)
                if let entry, (0...step).contains(entry.step) { entries.append(entry) }
            }
        } catch {
            throw TrainingError.invalidData("\(file.path): \(error)")
        }
        return entries
    }

    mutating func append(_ entry: TrainingLogEntry) throws {
        entries.append(entry)
        try LineFile(file).append(encoder.encode(entry))
    }

    private func rewrite() throws {
        var text = Data()
        for entry in entries { text += try encoder.encode(entry) + Data("\n".utf8) }
        try AtomicFile.save(text, to: file)
    }

    /// The loss over the steps, logarithmic, as a picture of 640×240 pixels.
    func plot() -> RGBFrame {
        let (width, height) = (640, 240)
        var pixels = [UInt8](repeating: 255, count: width * height * 3)
        func set(_ x: Int, _ y: Int, _ colour: (UInt8, UInt8, UInt8)) {
            guard (0..<width).contains(x), (0..<height).contains(y) else { return }
            let index = (y * width + x) * 3
            (pixels[index], pixels[index + 1], pixels[index + 2]) = colour
        }
        let values = entries.map { log10(max($0.loss, 1e-9)) }
        guard let low = values.min(), let high = values.max(), let last = entries.last?.step else {
            return RGBFrame(width: width, height: height, pixels: pixels)
        }
        let range = max(high - low, 1e-6)
        for line in 0...4 {
            for x in 0..<width { set(x, line * (height - 1) / 4, (225, 225, 225)) }
        }
        var previous: (x: Int, y: Int)?
        for (entry, value) in zip(entries, values) {
            let x = entry.step * (width - 1) / max(last, 1)
            let y = Int((high - value) / range * Double(height - 1))
            if let previous {
                let length = max(abs(x - previous.x), abs(y - previous.y), 1)
                for i in 0...length {
                    set(
                        previous.x + (x - previous.x) * i / length,
                        previous.y + (y - previous.y) * i / length, (30, 90, 200))
                }
            }
            previous = (x, y)
        }
        return RGBFrame(width: width, height: height, pixels: pixels)
    }
}
