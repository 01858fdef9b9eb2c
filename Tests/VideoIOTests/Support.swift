import Foundation
import TestSupport
import VideoIO

enum TestVideo {
    /// A smooth gradient over which a soft disc moves, so that every frame differs.
    static func frame(_ index: Int, width: Int = 96, height: Int = 64) -> RGBFrame {
        var pixels: [UInt8] = []
        pixels.reserveCapacity(width * height * 3)
        let centerX = Double((index * 5) % width)
        let centerY = Double(height) / 2
        for y in 0..<height {
            for x in 0..<width {
                let dx = Double(x) - centerX
                let dy = Double(y) - centerY
                let glow = 120 * exp(-(dx * dx + dy * dy) / 200)
                pixels.append(UInt8(40 + 80 * x / width + Int(glow)))
                pixels.append(UInt8(60 + 80 * y / height + Int(glow)))
                pixels.append(UInt8(110 + (index * 2) % 60))
            }
        }
        return RGBFrame(width: width, height: height, pixels: pixels)
    }

    static func uniform(_ level: UInt8, width: Int, height: Int) -> RGBFrame {
        RGBFrame(
            width: width, height: height,
            pixels: [UInt8](repeating: level, count: width * height * 3))
    }

    /// Differs from pixel to pixel, so that no encoder can make it small.
    static func noise(_ seed: Int, width: Int, height: Int) -> RGBFrame {
        var state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 | 1
        let pixels = (0..<width * height * 3).map { _ -> UInt8 in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 24)
        }
        return RGBFrame(width: width, height: height, pixels: pixels)
    }

    static func write(
        _ path: String, count: Int, width: Int = 96, height: Int = 64, rate: FrameRate = 8
    ) async throws {
        let writer = try await VideoOutput.open(
            path: path, width: width, height: height, framesPerSecond: rate)
        for index in 0..<count {
            try await writer.append(frame(index, width: width, height: height))
        }
        try await writer.finish()
        let written = await writer.framesWritten
        precondition(written == count)
    }

    static func read(_ path: String, toleratesDamage: Bool = false) async throws -> [RGBFrame] {
        var frames: [RGBFrame] = []
        for try await frame in try await VideoReader.open(path, toleratesDamage: toleratesDamage) {
            frames.append(frame)
        }
        return frames
    }

    /// Peak signal-to-noise ratio in dB over the area that both frames cover.
    static func psnr(_ a: RGBFrame, _ b: RGBFrame) -> Double {
        let (width, height) = (min(a.width, b.width), min(a.height, b.height))
        var sum = 0
        for y in 0..<height {
            for x in 0..<width * 3 {
                let difference =
                    Int(a.pixels[y * a.width * 3 + x]) - Int(b.pixels[y * b.width * 3 + x])
                sum += difference * difference
            }
        }
        let mean = Double(sum) / Double(width * height * 3)
        return mean == 0 ? .infinity : 10 * log10(255 * 255 / mean)
    }
}

/// Looks for the ffmpeg processes that work on a path, in /proc.
enum Processes {
    static func using(_ path: String) -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap(pid_t.init).filter { id in
            guard
                let data = FileManager.default.contents(atPath: "/proc/\(id)/cmdline")
            else { return false }
            let words = String(decoding: data, as: UTF8.self).split(separator: "\0")
            return words.first?.hasSuffix("ffmpeg") == true && words.contains("file:\(path)")
        }
    }
}

/// Catches the error of this library that a piece of code throws.
func videoError(_ body: () async throws -> Void) async -> VideoIOError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? VideoIOError
    }
}
