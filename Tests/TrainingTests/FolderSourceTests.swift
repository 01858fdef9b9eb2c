import Foundation
import Journeys
import StreamingT2V
import TestSupport
import Testing
import VideoIO

@testable import Training

/// Training on one's own clips.
@Suite struct FolderSourceTests {
    private func render(_ folder: Scratch, count: Int, frames: Int, size: Int = 32) throws {
        try DatasetRenderer(size: size, seed: 5, split: .training)
            .write(count: count, frames: frames, to: folder.folder)
    }

    private func put(_ lines: [String], _ folder: Scratch) throws {
        try folder.put(lines.joined(separator: "\n") + "\n", "captions.jsonl")
    }

    private func line(_ clip: String, _ caption: String = "a red car") -> String {
        #"{"clip": "\#(clip)", "caption": "\#(caption)"}"#
    }

    @Test func readsFramesCaptionsAndBoxesOfADataSet() async throws {
        let folder = try Scratch()
        try render(folder, count: 12, frames: 4)
        let source = try FolderSource(folder: folder.folder, size: 32, part: .training)
        let unseen = try FolderSource(folder: folder.folder, size: 32, part: .validation)
        let captions = try await source.captions(count: 100)
        #expect(captions.count == 11)  // every tenth is for validation
        let renderer = try SceneRenderer(size: 32)
        let held = Scene.sample(seed: 5, index: 9, split: .training)
        #expect(try await unseen.captions(count: 100) == [held.caption])
        #expect(!captions.contains(held.caption))
        #expect(
            try await unseen.clip(index: 0, frameCount: 1).frames == [renderer.draw(held, frame: 0)]
        )

        let scene = Scene.sample(seed: 5, index: 10, split: .training)
        let clip = try await source.clip(index: 9, frameCount: 3)  // behind the held-out one
        #expect(clip.caption == scene.caption)
        #expect(clip.frames == [0, 1, 2].map { frame in try? renderer.draw(scene, frame: frame) })
        #expect(
            clip.boxes == (0..<3).map { scene.groundTruth(frame: $0, size: 32).subjectBox })
        let again = try await source.clip(index: 9 + 11, frameCount: 3)  // round and round
        #expect(again.frames == clip.frames)
    }

    /// A clip that is too short plays to and fro.
    @Test func shortClipsPlayToAndFro() async throws {
        let folder = try Scratch()
        try render(folder, count: 2, frames: 3)
        let source = try FolderSource(folder: folder.folder, size: 32, part: .training)
        let long = try await source.clip(index: 0, frameCount: 8)
        let three = try await source.clip(index: 0, frameCount: 3).frames
        #expect(Set(three.map(\.pixels)).count == 3)
        #expect(long.frames == [0, 1, 2, 1, 0, 1, 2, 1].map { three[$0] })
        #expect(long.boxes.count == 8 && long.boxes[5] == long.boxes[1])
    }

    /// The middle square is cut out and scaled by averaging; boxes go along.
    @Test func cutsAndScalesTheMiddle() async throws {
        let folder = try Scratch()
        // 12×8: columns 0 and 1 and the last two fall off; of the rest, 2×2 squares become one pixel.
        var pixels: [UInt8] = []
        for y in 0..<8 {
            for x in 0..<12 { pixels += [UInt8(x * 10), UInt8(y * 10), 7] }
        }
        for name in ["a", "b"] {
            let writer = try await VideoOutput.open(
                path: folder.url(name).path + "/", width: 12, height: 8, framesPerSecond: 8)
            try await writer.append(RGBFrame(width: 12, height: 8, pixels: pixels))
            try await writer.finish()
        }
        let box = FrameTruth.Box(x: 4, y: 2, width: 6, height: 5)
        let truth = String(
            decoding: try JSONEncoder().encode(FrameTruth(cameraOffset: 0, subjectBox: box)),
            as: UTF8.self)
        try put(
            [#"{"clip": "a", "caption": "x", "truth": [\#(truth)]}"#, line("b")], folder)
        let source = try FolderSource(folder: folder.folder, size: 4, part: .training)
        let clip = try await source.clip(index: 0, frameCount: 1)
        let frame = try #require(clip.frames.first)
        #expect(frame.width == 4 && frame.height == 4)
        for y in 0..<4 {
            for x in 0..<4 {
                let i = (y * 4 + x) * 3
                // Mean of columns 2+2x and 3+2x, of rows 2y and 2y+1.
                #expect(
                    Array(frame.pixels[i..<i + 3]) == [UInt8(25 + 20 * x), UInt8(5 + 20 * y), 7])
            }
        }
        #expect(clip.boxes == [FrameTruth.Box(x: 1, y: 1, width: 3, height: 2.5)])
    }

    /// Large frames are those of the file, the small ones their averages; a file that is too small is named.
    @Test func givesLargeFramesOfLargeFiles() async throws {
        let folder = try Scratch()
        try render(folder, count: 2, frames: 2, size: 32)
        let drawn = try await FolderSource(folder: folder.folder, size: 32, part: .training)
            .clip(index: 0, frameCount: 3)
        #expect(drawn.large == nil)
        let source = try FolderSource(folder: folder.folder, size: 16, part: .training)
        let clip = try await source.clip(index: 0, frameCount: 3, withLarge: true)
        #expect(clip.large == drawn.frames)  // to and fro, too
        #expect(clip.frames == drawn.frames.map { $0.square(side: 16) })
        let small = try FolderSource(folder: folder.folder, size: 32, part: .training)
        let error = await trainingError {
            _ = try await small.clip(index: 0, frameCount: 1, withLarge: true)
        }
        let text = try #require(error).description
        #expect(text.contains("000000") && text.contains("32×32 pixels"), "\(text)")
        #expect(text.contains("64×64 are needed"), "\(text)")
    }

    @Test func trainsOnAFolderAndOnVideoFiles() async throws {
        let folder = try Scratch()
        try render(folder, count: 2, frames: 2)
        let drawn = try await FolderSource(folder: folder.folder, size: 32, part: .training)
            .clip(index: 0, frameCount: 2).frames
        let video = try await VideoOutput.open(
            path: folder.url("clip.mp4").path, width: 32, height: 32, framesPerSecond: 8)
        for frame in drawn { try await video.append(frame) }
        try await video.finish()
        let list = folder.url("captions.jsonl")
        let lines = try String(contentsOf: list, encoding: .utf8)
        try folder.put(line("clip.mp4", "a film") + "\n" + lines, "captions.jsonl")

        let recipe = try TinyRecipe.make([.autoencoder, .clip], steps: 2)
        let source = try FolderSource(folder: folder.folder, size: 32, part: .training)
        let film = try await source.clip(index: 0, frameCount: 2)
        #expect(film.caption == "a film" && film.frames.count == 2 && film.boxes == [nil, nil])
        let error = zip(film.frames, drawn).map { one, two in
            zip(one.pixels, two.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        }
        #expect(error.allSatisfy { $0 < 12 * 32 * 32 * 3 })  // lossy, but the same picture

        let trainer = Trainer(
            recipe: recipe, run: folder.url("run"), source: source,
            unseen: try FolderSource(folder: folder.folder, size: 32, part: .validation), start: nil
        )
        try await trainer.train(.autoencoder) { _ in }
        try await trainer.train(.clip) { _ in }
        #expect(trainer.model.has(.vae) && trainer.model.has(.textEncoder))
        // The vocabulary comes from the folder's captions.
        #expect(try trainer.model.tokenizer().encode("a film").tokenCount >= 4)
    }

    @Test func acceptsBlankLinesAndForeignLineEnds() throws {
        let folder = try Scratch()
        try folder.put(
            "\r\n" + line("a") + "\r\n\r\n  \n" + line("b") + "\r\n", "captions.jsonl")
        #expect(throws: Never.self) {
            try FolderSource(folder: folder.folder, size: 32, part: .training)
        }
        try folder.put(line("a") + "\r\n\r\nnonsense\r\n", "captions.jsonl")
        expectRefusal(folder, "captions.jsonl:3 ")
    }

    @Test func refusesAFolderWithoutAList() throws {
        let folder = try Scratch()
        expectRefusal(folder, "captions.jsonl: it does not exist")
    }

    @Test(arguments: [
        ("{\"clip\": \"a\"}", ":2 is not JSON with"), ("no json", ":2 is not JSON with"),
        ("{\"clip\": 3, \"caption\": \"x\"}", ":2 is not JSON with"),
        ("{\"clip\": \"../a\", \"caption\": \"x\"}", ":2 names a clip outside"),
        ("{\"clip\": \"b/../../a\", \"caption\": \"x\"}", ":2 names a clip outside"),
        ("{\"clip\": \"/etc\", \"caption\": \"x\"}", ":2 names a clip outside"),
        ("{\"clip\": \"\u{600}/..\", \"caption\": \"x\"}", ":2 names a clip outside"),
        ("{\"clip\": \"/\u{301}a\", \"caption\": \"x\"}", ":2 names a clip outside"),
    ])
    func refusesABadLineByItsNumber(bad: String, hint: String) throws {
        let folder = try Scratch()
        try put([line("a"), bad, line("c")], folder)
        expectRefusal(folder, "captions.jsonl" + hint)
    }

    @Test(arguments: [0, 1]) func refusesTooFewClips(count: Int) throws {
        let folder = try Scratch()
        try put((0..<count).map { line("\($0)") }, folder)
        expectRefusal(folder, "has \(count) clips, at least 2")
    }

    @Test func namesAClipThatIsNotThere() async throws {
        let folder = try Scratch()
        try put([line("gone.mp4"), line("b")], folder)
        let source = try FolderSource(folder: folder.folder, size: 32, part: .training)
        let path = folder.url("gone.mp4").path
        await #expect(throws: VideoIOError.fileMissing(path: path)) {
            try await source.clip(index: 0, frameCount: 1)
        }
    }

    private func expectRefusal(_ folder: Scratch, _ hint: String) {
        let error = #expect(throws: TrainingError.self) {
            try FolderSource(folder: folder.folder, size: 32, part: .training)
        }
        #expect(error?.description.contains(hint) == true, "\(String(describing: error))")
    }
}
