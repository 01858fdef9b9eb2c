extension ContactSheet {
    /// The width that frames of a video are brought near to, in pixels.
    static let tileWidth = 256

    /// Makes a sheet of evenly spaced frames of a video, labelled with their numbers from 0.
    ///
    /// Frames wider than 256 pixels are reduced by a whole factor, small ones enlarged. Memory
    /// holds one decoded frame and the reduced ones, however long the video.
    ///
    /// - Parameters:
    ///   - path: a video file or a folder of PNG frames.
    ///   - frameCount: how many frames to show; all of them if the video is shorter.
    ///   - columns: cells in a row.
    ///   - toleratesDamage: whether a broken video gives a sheet of what can be read.
    ///   - tools: the ffmpeg to use; searched for if `nil`.
    /// - Throws: what ``VideoReader`` throws.
    public static func make(
        video path: String, frameCount: Int = 32, columns: Int = 8, toleratesDamage: Bool = false,
        tools: FFmpegTools? = nil
    ) async throws(VideoIOError) -> RGBFrame {
        let reader = try await VideoReader.open(
            path, toleratesDamage: toleratesDamage, tools: tools)
        // The container's own count is a claim; counting is cheap, as nothing is decoded.
        let total = try await reader.countFrames()
        let wanted = sample(count: max(1, frameCount), of: total)
        let divisor = max(1, (reader.info.width + tileWidth - 1) / tileWidth)
        let scale = max(1, min(8, tileWidth / 2 / reader.info.width))
        var tiles: [RGBFrame] = []
        var index = 0
        for try await frame in reader {
            if tiles.count < wanted.count, wanted[tiles.count] == index {
                tiles.append(frame.reduced(by: divisor))
            }
            index += 1
        }
        guard !tiles.isEmpty else {
            throw .notAVideo(path: path, detail: "no frame could be decoded")
        }
        return make(
            frames: tiles, columns: max(1, columns), scale: scale,
            labels: wanted.prefix(tiles.count).map(String.init))
    }
}
