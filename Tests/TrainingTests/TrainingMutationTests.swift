import Foundation
import TestSupport
import Foundations
import Testing

@testable import Training

/// Damaged recipes and lists of clips are refused or read.
@Suite struct TrainingMutationTests {
    @Test func recipes() throws {
        let folder = try Scratch()
        let (recipe, stages) = TinyRecipe.fields([.autoencoder, .cam, .distillation], steps: 3)
        let whole = recipe.merging(["stages": stages]) { $1 }
        let sound = try JSONSerialization.data(withJSONObject: whole, options: .prettyPrinted)
        let file = folder.url("recipe.json")
        let tally = try MutationTally(of: sound, count: mutationCount / 2) {
            $0 is TrainingError
        } _: { bytes in
            try Data(bytes).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            for stage in try Recipe(url: file).stages {
                #expect(stage.steps.multipliedReportingOverflow(by: stage.batch).overflow == false)
                for step in [0, stage.warmup, stage.steps] {
                    #expect((0..<1).contains(stage.rate(step: step)))
                }
            }
        }
        #expect(tally.read > 0 && tally.refused > tally.read && tally.slowest < .seconds(2))
    }

    @Test func listsOfClips() throws {
        let folder = try Scratch()
        let line = """
            {"clip": "a", "caption": "a red car", "frames": 1, "truth": [{"cameraOffset": 1.5, \
            "subjectBox": {"x": 1, "y": 2.5, "width": 10, "height": 4}}]}

            """
        let file = folder.url("captions.jsonl")
        let tally = try MutationTally(of: (line + line + line).utf8, count: mutationCount / 2) {
            $0 is TrainingError
        } _: { bytes in
            try Data(bytes).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            _ = try FolderSource(folder: folder.folder, size: 32, part: .training)
        }
        #expect(tally.read > 0 && tally.refused > 0 && tally.slowest < .seconds(2))
    }

    @Test func refusesALineOfTruthThatNoFrameHas() throws {
        let folder = try Scratch()
        let box = #"{"x": 1e300, "y": 0, "width": 1, "height": 1}"#
        try folder.put(
            #"{"clip": "a", "caption": "b", "truth": [{"cameraOffset": 0, "subjectBox": \#(box)}]}"#,
            "captions.jsonl")
        let error = #expect(throws: TrainingError.self) {
            try FolderSource(folder: folder.folder, size: 32, part: .training)
        }
        #expect(error.map { "\($0)" }?.contains("captions.jsonl:1 has a subjectBox") == true)
    }

    /// The list is read line by line: neither its size nor its number of lines is held in memory.
    @Test func readsManyEmptyLinesInLittleMemory() throws {
        let folder = try Scratch()
        let lines = Data(repeating: UInt8(ascii: "\n"), count: 10_000_000)
        try lines.write(to: folder.url("captions.jsonl"))
        let before = ProcessMemory.resident() ?? 0
        let start = ContinuousClock.now
        let error = #expect(throws: TrainingError.self) {
            try FolderSource(folder: folder.folder, size: 32, part: .training)
        }
        #expect(error.map { "\($0)" }?.contains("has 0 clips, at least 2 are needed") == true)
        #expect((ProcessMemory.resident() ?? 0) - before < 60 << 20)
        #expect(ContinuousClock.now - start < .seconds(60))
    }
}
