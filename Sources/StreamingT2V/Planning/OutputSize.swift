import Foundation

/// How many bytes a video takes on the disk at most, before it is made.
struct OutputSize {
    /// The folder that it is written to.
    let folder: String
    /// Bytes per pixel: PNG keeps noise as it is; the encoders' settings stay below a third of that.
    private let bytesPerPixel: Double

    /// - Parameter path: the file, or the folder of PNG frames.
    init(path: String) {
        let url = URL(fileURLWithPath: path)
        folder = url.deletingLastPathComponent().path
        let isVideo = ["mp4", "webm", "gif"].contains(url.pathExtension.lowercased())
        bytesPerPixel = isVideo && !path.hasSuffix("/") ? 1 : 3.1
    }

    /// Bytes of so many frames.
    func bytes(frames: Int, width: Int, height: Int) -> Int {
        Int(Double(frames) * Double(width * height) * bytesPerPixel) + 1 << 16
    }
}

extension Int {
    /// A number of bytes as text: `9.16 GB`.
    var gigabytes: String { String(format: "%.2f GB", Double(self) / 1e9) }
}
