import Foundation
import TestSupport
import Testing
import VideoIO

/// Sound is carried from one video to another.
@Suite struct AudioTrackTests {
    private let folder: Scratch

    init() throws {
        folder = try Scratch()
    }

    /// A video of eight frames a second with a sine of 440 Hz.
    private func source(_ name: String, seconds: Double, codec: String) throws -> String {
        let path = folder.path(name)
        try Self.ffmpeg([
            "-f", "lavfi", "-i", "testsrc=size=64x48:rate=8:duration=\(seconds)",
            "-f", "lavfi", "-i", "sine=frequency=440:duration=\(seconds)", "-c:a", codec, path,
        ])
        return path
    }

    @discardableResult
    private static func ffmpeg(_ arguments: [String]) throws -> Data {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: try FFmpegTools.find().ffmpeg)
        process.arguments = ["-v", "error", "-nostdin", "-y"] + arguments
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return data
    }

    /// 16-bit mono samples at 8 kHz.
    private func samples(_ path: String) throws -> [Int16] {
        let data = try Self.ffmpeg(["-i", path, "-f", "s16le", "-ac", "1", "-ar", "8000", "-"])
        return data.withUnsafeBytes { Array($0.bindMemory(to: Int16.self)) }
    }

    @Test(
        arguments: [
            ("in.mp4", "aac", "out.mp4"), ("in.mp4", "aac", "out.webm"),
            ("in.webm", "libopus", "out.webm"), ("in.webm", "libopus", "out.mp4"),
            ("in.mkv", "pcm_s16le", "out.mp4"),
        ])
    func soundIsKept(name: String, codec: String, output: String) async throws {
        let source = try source(name, seconds: 2, codec: codec)
        let target = folder.path(output)
        let track = try #require(try await AudioTrack.find(in: source, for: target))
        try await TestVideo.write(target, count: 16)
        let pictures = try await TestVideo.read(target)
        try await track.attach(to: target, frames: 16, rate: 8)
        #expect(try await TestVideo.read(target) == pictures)  // copied, not encoded again
        #expect(folder.content == [name, output].sorted())
        let heard = try samples(target)
        #expect(abs(heard.count - 16_000) < 1200)
        let middle = heard[4000..<12_000]
        let crossings = zip(middle, middle.dropFirst()).count { ($0 < 0) != ($1 < 0) }
        #expect(abs(crossings - 880) < 20)  // 440 Hz for a second
        let reader = try await VideoReader.open(target)
        #expect(reader.info.framesPerSecond == 8)
    }

    /// A video that was stopped early has no more sound than pictures.
    @Test func soundEndsWithThePictures() async throws {
        let source = try source("in.mp4", seconds: 4, codec: "aac")
        let target = folder.path("out.mp4")
        let track = try #require(try await AudioTrack.find(in: source, for: target))
        try await TestVideo.write(target, count: 8)
        try await track.attach(to: target, frames: 8, rate: 8)
        #expect(abs(try samples(target).count - 8000) < 800)
        #expect(try await TestVideo.read(target).count == 8)
    }

    @Test func thereIsNotAlwaysSound() async throws {
        let silent = folder.path("silent.mp4")
        try await TestVideo.write(silent, count: 2)
        #expect(try await AudioTrack.find(in: silent, for: folder.path("x.mp4")) == nil)
        try await TestVideo.write(folder.path("frames/"), count: 2)
        #expect(
            try await AudioTrack.find(in: folder.path("frames"), for: folder.path("x.mp4")) == nil)
        let source = try source("in.mp4", seconds: 1, codec: "aac")
        for output in ["x.gif", "x/"] {
            #expect(try await AudioTrack.find(in: source, for: folder.path(output)) == nil)
        }
    }

    /// A planted link is not followed, and what a killed process left is removed.
    @Test func writesThroughNoLink() async throws {
        let source = try source("in.mp4", seconds: 1, codec: "aac")
        let target = folder.path("out.mp4")
        let track = try #require(try await AudioTrack.find(in: source, for: target))
        try await TestVideo.write(target, count: 8)
        let victim = folder.path("victim")
        try Data("precious".utf8).write(to: URL(fileURLWithPath: victim))
        try FileManager.default.createSymbolicLink(
            atPath: target + ".part", withDestinationPath: victim)
        try Data().write(to: URL(fileURLWithPath: folder.path(".writing-3w5e11264sgsf.tmp")))
        try await track.attach(to: target, frames: 8, rate: 8)
        #expect(FileManager.default.contents(atPath: victim) == Data("precious".utf8))
        #expect(folder.content == ["in.mp4", "out.mp4", "out.mp4.part", "victim"])
    }

    /// A failure leaves the pictures alone.
    @Test func failureKeepsTheVideo() async throws {
        let source = try source("in.mp4", seconds: 1, codec: "aac")
        let target = folder.path("out.mp4")
        let track = try #require(try await AudioTrack.find(in: source, for: target))
        try await TestVideo.write(target, count: 8)
        let before = try Data(contentsOf: URL(fileURLWithPath: target))
        try FileManager.default.removeItem(atPath: source)
        let error = await videoError { try await track.attach(to: target, frames: 8, rate: 8) }
        guard case .toolFailed(_, let reason)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(reason.contains("stays without sound"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: target)) == before)
        #expect(folder.content == ["out.mp4"])
    }
}
