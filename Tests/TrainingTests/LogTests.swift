import Foundation
import TestSupport
import Testing
import VideoIO

@testable import Training

/// What a stage leaves beside its checkpoint: log, plot, sample sheets.
@Suite struct LogTests {
    /// A line as scripts read it.
    private struct Line: Decodable {
        var stage: String
        var step: Int
        var loss: Double
        var learningRate: Double
        var gradientNorm: Double
        var samplesPerSecond: Double
        var seconds: Double
        var figures: [String: Double]?
    }

    private func lines(_ folder: Scratch) throws -> [Line] {
        let text = try String(contentsOf: folder.url("autoencoder/log.jsonl"), encoding: .utf8)
        #expect(text.hasSuffix("\n"))
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try text.split(separator: "\n").map {
            try decoder.decode(Line.self, from: Data($0.utf8))
        }
    }

    /// A fixed small set is learned: the loss falls, and all that is written is sound.
    @Test func autoencoderLearnsAndKeepsALog() async throws {
        let recipe = try TinyRecipe.make([.autoencoder], steps: 40).withStages {
            $0.clips = 4
            $0.batch = 4
            $0.learningRate = 0.005
            $0.validateEvery = 30
        }
        let settings = recipe.stages[0]
        let folder = try Scratch()
        let reports = Reports()
        try await recipe.trainer(folder.folder).train(.autoencoder) { reports.append($0) }

        let lines = try lines(folder)
        #expect(lines.map(\.step) == [25, 30, 40])  // every 25 steps, validation, end
        #expect(lines.allSatisfy { $0.stage == "autoencoder" })
        let losses = lines.map(\.loss)
        #expect(losses[2] < 0.75 * losses[0], "\(losses)")
        for line in lines {
            #expect(line.learningRate == settings.rate(step: line.step - 1))
            #expect(line.gradientNorm > 0)
            #expect((line.figures != nil) == (line.step != 25))
            if let figures = line.figures {
                #expect(Set(figures.keys) == ["psnr", "subject_psnr", "latent_deviation"])
            }
        }
        let seconds = lines.map(\.seconds)
        #expect(seconds == seconds.sorted() && seconds[0] > 0)
        let rate = lines[2].samplesPerSecond  // of the last 10 steps, with 4 clips each
        #expect(abs(rate - 40 / (seconds[2] - seconds[1])) < 0.01 * rate)

        let told = reports.all
        #expect(told.map(\.step) == [25, 30, 40] && told.allSatisfy { $0.steps == 40 })
        #expect(told.map(\.loss) == losses && told.map(\.seconds) == seconds)
        #expect(told.map { $0.figures != nil } == [false, true, true])

        let plot = try await picture(folder, "loss.png")
        #expect(plot.width == 640 && plot.height == 240)
        let blue = stride(from: 0, to: plot.pixels.count, by: 3)
            .count { Array(plot.pixels[$0..<$0 + 3]) == [30, 90, 200] }
        #expect(blue > 200)  // the curve, from step 25 of 40 to the right edge
        for step in [30, 40] {  // one validation clip: the frame and its reconstruction, doubled
            let sheet = try await picture(folder, "samples-\(step).png")
            #expect(sheet.width == 2 * 64 + 6 && sheet.height == 64 + 4)  // with gaps of 2 pixels
        }
    }

    /// What a killed session wrote behind its last checkpoint is not there twice.
    @Test func aKilledSessionLeavesNoLinesBehindItsCheckpoint() async throws {
        let recipe = try TinyRecipe.make([.autoencoder], steps: 40).withStages {
            $0.batch = 1
            $0.checkpointEvery = 26
            $0.validateEvery = 28
        }
        let folder = try Scratch()
        let log = folder.url("autoencoder/log.jsonl")
        let first = try recipe.trainer(
            folder.folder, source: BreakingSource(recipe, at: 29, .failure))
        await #expect(throws: BreakingSource.Broken.self) {
            try await first.train(.autoencoder) { _ in }
        }
        #expect(try lines(folder).map(\.step) == [25, 28])

        let handle = try FileHandle(forWritingTo: log)  // killed while it wrote a line
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(#"{"stage": "autoenc"#.utf8))
        try handle.close()
        let second = try recipe.trainer(
            folder.folder, source: BreakingSource(recipe, at: 26, .failure))
        await #expect(throws: BreakingSource.Broken.self) {
            try await second.train(.autoencoder) { _ in }
        }
        #expect(try lines(folder).map(\.step) == [25])

        try await recipe.trainer(folder.folder).train(.autoencoder) { _ in }
        let lines = try lines(folder)
        #expect(lines.map(\.step) == [25, 28, 40])
        let seconds = lines.map(\.seconds)
        #expect(seconds == seconds.sorted())  // the time of all sessions together
    }

    /// Every stage of a whole training has its sample sheet.
    @Test func everyStageShowsWhatItCanDo() async throws {
        let straight = try await StraightRun.shared
        for stage in StageName.allCases {
            let sheet = try await picture(
                straight.folder, "samples-\(StraightRun.steps).png", of: "run/\(stage.rawValue)")
            let expected: (Int, Int) =  // pictures of 64 pixels in rows of 8, with gaps of 2
                switch stage {
                case .autoencoder: (134, 68)  // the clip's frame and its reconstruction
                case .clip, .frames: (68, 68)
                case .chunks: (530, 68)  // every second frame of a chunk
                case .cam, .apm: (530, 134)  // the clip's own frames above
                case .distillation: (530, 398)  // three chunks, the teacher's and the student's
                case .enhancer: (530, 200)  // enlarged, enhanced, as drawn
                }
            #expect((sheet.width, sheet.height) == expected, "\(stage)")
            #expect(Set(sheet.pixels).count > 2, "\(stage) drew nothing")
        }
    }

    private func picture(
        _ folder: Scratch, _ name: String, of stage: String = "autoencoder"
    ) async throws -> RGBFrame {
        try PNG.decode(Array(Data(contentsOf: folder.url("\(stage)/\(name)"))))
    }
}

/// Collects reports from the trainer's thread.
private final class Reports: @unchecked Sendable {  // every access is under the lock
    private let lock = NSLock()
    private var reports: [Trainer.Progress] = []

    var all: [Trainer.Progress] { lock.withLock { reports } }

    func append(_ report: Trainer.Progress) { lock.withLock { reports.append(report) } }
}
