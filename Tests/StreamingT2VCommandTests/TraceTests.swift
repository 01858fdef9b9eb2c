import Foundation
import TestSupport
import Testing

/// `generate --trace`: the timeline of a generation.
@Suite struct TraceTests {
    private struct Trace: Decodable {
        struct Event: Decodable {
            struct Details: Decodable {
                let chunk, step: Int?
                let cores: Double?
                let name: String?
            }
            let name, ph: String
            let tid: Int?
            let ts, dur: Double?
            let args: Details
        }
        let traceEvents: [Event]
    }

    /// Every step of every chunk is there, in its order, and nothing of one worker overlaps.
    @Test func tellsEachPartOfTheWork() async throws {
        let model = try await TinyEnhancer.shared
        let folder = try Scratch()
        let (output, trace) = (folder.path("car.mp4"), folder.path("trace.json"))
        let start = ContinuousClock.now
        let result = try await CommandLineTool.run([
            "generate", TinyModel.prompt, "--model", model.path, "--frames", "24", "--steps", "3",
            "--enhance", "--seed", "5", "--output", output, "--trace", trace,
        ])
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        #expect(result.status == 0, "\(result.errors)")
        let summary = try #require(result.errorLines.first { $0.hasSuffix(trace) })
        #expect(summary.contains("denoise ") && summary.contains(" cores busy"))

        let events = try JSONDecoder().decode(
            Trace.self, from: Data(contentsOf: URL(fileURLWithPath: trace))
        ).traceEvents
        let steps = events.filter { $0.name == "denoise" }
        #expect(steps.map(\.args.chunk) == [0, 0, 0, 1, 1, 1])
        #expect(steps.map(\.args.step) == [1, 2, 3, 1, 2, 3])
        #expect(events.filter { $0.name == "decode" }.map(\.args.chunk) == [0, 1])
        #expect(
            events.contains { $0.name == "enhance" }
                && events.contains { $0.name == "encode prompts" })
        let loading = events.filter { $0.name == "load weights" }
        #expect(Set(loading.compactMap(\.tid)).count == 2)
        let lanes = events.filter { $0.ph == "M" }
        #expect(lanes.compactMap(\.args.name).prefix(2) == ["generator", "enhancer"])
        for lane in lanes.compactMap(\.tid) {
            let spans = events.filter { $0.ph == "X" && $0.tid == lane }
                .sorted { ($0.ts ?? 0) < ($1.ts ?? 0) }
            #expect(!spans.isEmpty)
            for (one, next) in zip(spans, spans.dropFirst()) {
                let end = try #require(one.ts) + #require(one.dur)
                #expect(try end <= #require(next.ts) + 1, "\(one.name), \(next.name)")
            }
            let last = try #require(spans.last)
            #expect(try #require(last.ts) + #require(last.dur) < seconds * 1e6)
        }
        let cores = events.filter { $0.ph == "C" }.compactMap(\.args.cores)
        let count = Double(ProcessInfo.processInfo.processorCount)
        #expect(!cores.isEmpty && cores.allSatisfy { $0 >= 0 && $0 < count + 0.5 })
    }

    @Test func isRefusedBeforeAnyWork() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        let output = folder.path("x.mp4")
        let trace = try folder.put("precious", "trace.json")
        try await expectFailure(
            73, "trace.json", "--overwrite", running: model.generate(output, ["--trace", trace]))
        try await expectFailure(
            73, "does not exist",
            running: model.generate(output, ["--trace", folder.path("none/trace.json")]))
        for name in ["x.mp4", "x.mp4.json"] {
            try await expectFailure(
                64, "--trace",
                running: model.generate(output, ["--trace", folder.path(name), "--overwrite"]))
        }
        try await expectFailure(
            64, "--dry-run",
            running: model.generate(output, ["--trace", folder.path("y.json"), "--dry-run"]))
        #expect(try String(contentsOfFile: trace, encoding: .utf8) == "precious")
        #expect(folder.content == ["trace.json"])
    }
}
