import Foundation
import TestSupport
import Testing
import VideoIO

/// A file system in memory of a few pages, which is full soon.
struct SmallDisk: ~Copyable {
    let path: String

    init(kibibytes: Int) throws {
        path = "\(FileManager.default.temporaryDirectory.path)/videoio-disk-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(kibibytes)k") == 0 else {
            let code = errno
            rmdir(path)
            throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EPERM)
        }
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        rmdir(path)
    }

    static let isAvailable: Bool = {
        do {
            _ = try SmallDisk(kibibytes: 64)
            return true
        } catch {
            return false
        }
    }()
}

@Suite(.enabled(if: SmallDisk.isAvailable, "mounting a small disk needs root"))
struct DiskFullTests {
    /// Many sizes, so that the disk becomes full in the header, in a frame and in the trailer.
    @Test(arguments: ["mp4", "webm", "gif"], [4, 16, 40, 100])
    func aFullDiskIsNeverSilent(fileExtension: String, kibibytes: Int) async throws {
        let disk = try SmallDisk(kibibytes: kibibytes)
        let path = "\(disk.path)/clip.\(fileExtension)"
        let writer = try await VideoOutput.open(
            path: path, width: 64, height: 64, framesPerSecond: 8)
        let error = await videoError {
            for index in 0..<60 {
                try await writer.append(TestVideo.noise(index, width: 64, height: 64))
            }
            try await writer.finish()
        }
        guard case .diskFull(path, let safe?, _) = error else {
            Issue.record("unexpected: \(String(describing: error))")
            return
        }
        #expect(safe < 60)
        let readable = try? await TestVideo.read(path, toleratesDamage: true).count
        #expect(readable ?? 0 == safe)
        #expect(FileManager.default.contents(atPath: path)?.count != 0)  // none, or not empty
    }

    @Test func aFileThatJustFitsOrNotIsTold() async throws {
        let folder = try Scratch()
        let sample = folder.path("sample.mp4")
        try await TestVideo.write(sample, count: 16, width: 64, height: 64)
        let attributes = try FileManager.default.attributesOfItem(atPath: sample)
        // One page more is for the lock, which bears a line of text.
        let pages = (Int((attributes[.size] as? UInt64) ?? 0) + 4095) / 4096 + 1
        for spare in [-1, 0, 1] {
            let disk = try SmallDisk(kibibytes: (pages + spare) * 4)
            let path = "\(disk.path)/clip.mp4"
            let error = await videoError {
                try await TestVideo.write(path, count: 16, width: 64, height: 64)
            }
            let count = try await TestVideo.read(path, toleratesDamage: true).count
            guard spare < 0 else {
                #expect(error == nil && count == 16)
                continue
            }
            guard case .diskFull(path, count, _) = error else {  // the count it tells is the truth
                Issue.record("unexpected: \(String(describing: error))")
                return
            }
        }
    }

    @Test func aFolderOfPNGsTellsWhichFramesAreSafe() async throws {
        let disk = try SmallDisk(kibibytes: 64)
        let path = "\(disk.path)/frames"
        let writer = try await VideoOutput.open(
            path: path, width: 64, height: 64, framesPerSecond: 8)
        let error = await videoError {
            for index in 0..<60 {
                try await writer.append(TestVideo.noise(index, width: 64, height: 64))
            }
        }
        guard case .diskFull(path, let safe?, _) = error else {
            Issue.record("unexpected: \(String(describing: error))")
            return
        }
        #expect(safe >= 2 && safe < 6)  // 16 KiB each
        #expect(try FileManager.default.contentsOfDirectory(atPath: path).count == safe)
        let frames = try await TestVideo.read(path)
        #expect(frames == (0..<safe).map { TestVideo.noise($0, width: 64, height: 64) })
    }

    @Test func aDiskWithoutSpaceIsRefusedBeforeWork() async throws {
        let disk = try SmallDisk(kibibytes: 16)
        let filler = [UInt8](repeating: 1, count: 64 * 1024)
        #expect(throws: (any Error).self) {
            try Data(filler).write(to: URL(fileURLWithPath: disk.path + "/filler"))
        }
        let handle = Foundation.open(disk.path + "/rest", O_CREAT | O_WRONLY, 0o600)
        while write(handle, filler, 4096) > 0 {}
        close(handle)
        let error = await videoError {
            _ = try await VideoOutput.open(
                path: disk.path + "/clip.mp4", width: 64, height: 64, framesPerSecond: 8)
        }
        #expect(error == .noSpace(folder: disk.path))
    }
}
