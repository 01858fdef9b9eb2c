import Foundation
import Foundations

/// About how many bytes a video takes on the disk, before it is made.
struct OutputSize {
    /// The folder that it is written to.
    let folder: String
    private let bytesPerPixel: Double

    /// - Parameter path: the file, or the folder of PNG frames.
    init(path: String) {
        let url = URL(fileURLWithPath: path)
        folder = url.deletingLastPathComponent().path
        // Of the embedded model's videos; the encoders' settings follow the content.
        switch path.endsWithSlash ? "" : url.pathExtension.lowercased() {
        case "mp4", "webm": bytesPerPixel = 0.07
        case "gif": bytesPerPixel = 0.5
        default: bytesPerPixel = 1.5
        }
    }

    /// Bytes of so many frames.
    func bytes(frames: Int, width: Int, height: Int) -> Int {
        Int(Double(frames) * Double(width * height) * bytesPerPixel)
    }
}

extension Int {
    /// A number of bytes as text: `9.16 GB`.
    var gigabytes: String { String(format: "%.2f GB", Double(self) / 1e9) }
}
