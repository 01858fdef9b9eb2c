import Foundation
import Foundations
import StreamingT2V
import Synchronization
import TestSupport
import Testing

@testable import Evaluation

/// Frames are supplied; what is measured, remembered and skipped is what counts.
@Suite struct VideoStudyTests {
    private let tasks = [
        StudyTask(index: 0, prompt: "a", seed: 0, frames: 10),
        StudyTask(index: 1, prompt: "b", seed: 2, frames: 6),
    ]

    private func study(
        _ journal: URL?, settings: StudySettings = studySettings(),
        generate: @escaping (GenerationRequest) -> any AsyncSequence<VideoChunk, any Error>
    ) throws -> VideoStudy {
        try VideoStudy(
            settings: settings, models: EvaluationModels(model: nil) { _ in }, borders: .standard,
            journal: journal,
            make: { request, _, sink in
                for try await chunk in generate(request) { try await sink.append(chunk) }
            })
    }

    @Test func measuresWhatIsGenerated() async throws {
        var study = try study(nil) { greyChunks($0) }
        let log = Mutex<[VideoStudy.Progress]>([])
        let videos = try await study.run(tasks) { step in log.withLock { $0.append(step) } }
        let shown = log.withLock { $0 }
        #expect(videos.map(\.task) == tasks)
        func figure(_ index: Int, _ name: String) -> Double? {
            videos[index].figures.first { $0.name == name }?.value
        }
        // The levels grow by the seed plus 1.
        #expect(figure(0, "motion") == 1 && figure(1, "motion") == 3)
        #expect(figure(0, "cuts") == 0)
        // Three chunks of 0.75 s and two.
        #expect(videos[0].denoisingSeconds == 1.5 && videos[0].decodingSeconds == 0.75)
        #expect(videos[0].secondsPerFrame == 0.225 && videos[1].secondsPerFrame == 0.25)
        let cost = try #require(videos[0].curves.first { $0.name == "seconds_per_frame" })
        #expect(cost.values == [0.1875, 0.1875, 0.375])
        let memory = try #require(videos[0].curves.first { $0.name == "resident_memory" })
        let peak = try #require(videos[0].peakMemory)
        #expect(try #require(memory.values[0]) > 1 && peak > 1 << 20)
        #expect(shown.map(\.frames) == [4, 8, 10, 14, 16])
        #expect(shown.map(\.video) == [0, 0, 0, 1, 1])
        #expect(shown.allSatisfy { $0.totalFrames == 16 && $0.finishedBefore == 0 })
    }

    @Test func goesOnWhereItStopped() async throws {
        let folder = try Scratch()
        let journal = folder.folder.appending(path: "videos.jsonl")
        struct Stop: Error {}
        var made: [String] = []
        var cut: Set<Bool> = []
        var first = try study(journal) { request in
            made.append(request.prompt)
            return request.prompt == "b"
                ? AsyncThrowingStream { $0.finish(throwing: Stop()) } : greyChunks(request)
        }
        await #expect(throws: Stop.self) { _ = try await first.run(tasks) }
        #expect(made == ["a", "b"])

        var second = try study(journal) { request in
            made.append(request.prompt)
            return greyChunks(request)
        }
        let log = Mutex<[VideoStudy.Progress]>([])
        let videos = try await second.run(tasks) { step in log.withLock { $0.append(step) } }
        let shown = log.withLock { $0 }
        #expect(made == ["a", "b", "b"])
        #expect(shown.map(\.frames) == [4, 6] && shown.allSatisfy { $0.finishedBefore == 1 })
        #expect(shown.allSatisfy { $0.videos == 1 && $0.totalFrames == 6 })
        #expect(videos.map { $0.figures.first { $0.name == "motion" }?.value } == [1, 3])

        // Another model, seed or length is another video.
        for (settings, tasks, count) in [
            (studySettings(), tasks, 0),
            (studySettings(model: "other"), tasks, 2),
            (studySettings(truncates: true), tasks, 2),
            (studySettings(), [StudyTask(index: 0, prompt: "a", seed: 1, frames: 10)], 1),
            (studySettings(), [StudyTask(index: 0, prompt: "a", seed: 0, frames: 9)], 1),
        ] {
            made = []
            var other = try study(journal, settings: settings) { request in
                made.append(request.prompt)
                cut.insert(request.truncatesPrompt)
                return greyChunks(request)
            }
            _ = try await other.run(tasks)
            #expect(made.count == count)
            #expect(cut.contains(true) == settings.truncatesPrompts || made.isEmpty)
            cut = []
        }
    }

    @Test func aLineWithoutAnEndIsMadeAgain() async throws {
        let folder = try Scratch()
        let journal = folder.folder.appending(path: "videos.jsonl")
        var first = try study(journal) { greyChunks($0) }
        _ = try await first.run(tasks)
        let whole = try Data(contentsOf: journal)
        try whole.dropLast(20).write(to: journal)
        var made = 0
        var second = try study(journal) { request in
            made += 1
            return greyChunks(request)
        }
        _ = try await second.run(tasks)
        #expect(made == 1)
        #expect(try Data(contentsOf: journal).split(separator: 10).count == 2)
        #expect(try StudyJournal(file: journal).videos.map(\.task) == tasks)

        try Data("{}\n".utf8).write(to: journal)
        #expect(throws: EvaluationError.self) { _ = try StudyJournal(file: journal) }
    }

    @Test func refusesAPromptBeforeAnyWork() async throws {
        var made = 0
        var study = try VideoStudy(
            settings: studySettings(), models: EvaluationModels(model: nil) { _ in },
            borders: .standard, journal: nil,
            check: { request in
                if request.prompt == "b" { throw InvalidField("prompt", "is empty") }
            },
            make: { _, _, _ in made += 1 })
        do {
            _ = try await study.run(tasks)
            Issue.record("nothing was refused")
        } catch let error as EvaluationError {
            #expect("\(error)".hasPrefix("prompt 2 of the set cannot be used"))
        }
        #expect(made == 0)
    }
}
