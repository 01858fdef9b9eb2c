import Foundation
import TestSupport
import Testing
import VideoIO

@Suite struct ReaderTests {
    @Test(arguments: [0.7, 0.4])
    func aCutOffMP4GivesItsFramesThenTheReason(share: Double) async throws {
        let folder = try Scratch()
        let whole = folder.path("whole.mp4")
        try await TestVideo.write(whole, count: 80)
        let data = try Data(contentsOf: URL(fileURLWithPath: whole))
        let cut = folder.path("cut.mp4")
        try data.prefix(Int(Double(data.count) * share)).write(to: URL(fileURLWithPath: cut))

        var frames: [RGBFrame] = []
        let error = await videoError {
            for try await frame in try await VideoReader.open(cut) { frames.append(frame) }
        }
        guard case .damaged(cut, frames.count, _) = error else {
            Issue.record("unexpected: \(String(describing: error))")
            return
        }
        #expect(Double(frames.count) >= 80 * (share - 0.15) && frames.count < 80)
        for index in 0..<frames.count - 1 {  // the last may be half a picture
            #expect(TestVideo.psnr(frames[index], TestVideo.frame(index)) > 30)
        }
        #expect(try await TestVideo.read(cut, toleratesDamage: true).count == frames.count)
    }

    @Test func tellsWhatIsNoVideo() async throws {
        let folder = try Scratch()
        let none = folder.path("none.mp4")
        #expect(
            await videoError { _ = try await VideoReader.open(none) } == .fileMissing(path: none))
        for (name, content) in [("text.mp4", "no video at all"), ("empty.webm", "")] {
            let path = folder.path(name)
            try Data(content.utf8).write(to: URL(fileURLWithPath: path))
            let error = await videoError { _ = try await VideoReader.open(path) }
            guard case .notAVideo(path, _) = error else {
                Issue.record("unexpected: \(String(describing: error))")
                return
            }
        }
        let error = await videoError { _ = try await VideoReader.open(folder.folder.path) }
        guard case .notAVideo = error else {
            Issue.record("unexpected: \(String(describing: error))")
            return
        }
    }

    @Test func stopsTheDecoderWhenReadingStopsEarly() async throws {
        let folder = try Scratch()
        let path = folder.path("long.mp4")
        try await TestVideo.write(path, count: 300)
        var first: RGBFrame?
        for try await frame in try await VideoReader.open(path) {
            first = frame
            #expect(!Processes.using(path).isEmpty)
            break
        }
        #expect(TestVideo.psnr(try #require(first), TestVideo.frame(0)) > 30)
        for _ in 0..<100 where !Processes.using(path).isEmpty {
            try await Task.sleep(for: .milliseconds(20))
        }
        #expect(Processes.using(path).isEmpty)
    }

    @Test func cancellationEndsReading() async throws {
        let folder = try Scratch()
        let path = folder.path("long.mp4")
        try await TestVideo.write(path, count: 300)
        let job = Task {
            await videoError {
                for try await _ in try await VideoReader.open(path) {
                    try? await Task.sleep(for: .milliseconds(20))
                }
            }
        }
        try await Task.sleep(for: .milliseconds(600))
        job.cancel()
        #expect(await job.value == .cancelled(path: path))
    }

    @Test func everyIterationStartsAtTheFirstFrame() async throws {
        let folder = try Scratch()
        let path = folder.path("twice.mp4")
        try await TestVideo.write(path, count: 10)
        let reader = try await VideoReader.open(path)
        var (first, second): ([RGBFrame], [RGBFrame]) = ([], [])
        for try await frame in reader { first.append(frame) }
        for try await frame in reader { second.append(frame) }
        #expect(first.count == 10 && first == second)
    }

    @Test func tellsWhichPNGIsMissingOrBroken() async throws {
        let folder = try Scratch()
        let path = folder.path("frames")
        try await TestVideo.write(path, count: 5, width: 16, height: 16)
        let broken = "\(path)/frame-000003.png"
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: broken)))
        bytes[bytes.count / 2] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: broken))
        guard
            case .damaged(path, 3, let detail) = await videoError({
                _ = try await TestVideo.read(path)
            })
        else {
            Issue.record("a flipped bit went unnoticed")
            return
        }
        #expect(detail.contains("frame-000003.png"))

        try FileManager.default.removeItem(atPath: "\(path)/frame-000002.png")
        guard
            case .damaged(path, 2, let gap) = await videoError({
                _ = try await VideoReader.open(path)
            })
        else {
            Issue.record("a gap went unnoticed")
            return
        }
        #expect(gap.contains("frame-000002.png"))
    }
}
