import Foundation
import TestSupport
import Testing

/// `generate --dry-run`, and what is refused before work starts.
@Suite struct DryRunTests {
    private func synthesized(_ folder: Scratch) async throws -> String {
        let model = folder.path("model")
        let made = try await CommandLineTool.run(["synthesize", model, "--size", "tiny"])
        #expect(made.status == 0, "\(made.errors)")
        return model
    }

    private func object(_ text: Data) throws -> [String: Any] {
        try #require(JSONSerialization.jsonObject(with: text) as? [String: Any])
    }

    /// The memory that was forecast is what the same command then takes.
    @Test func forecastsWhatTheRunTakes() async throws {
        let folder = try Scratch()
        let model = try await synthesized(folder)
        let command = [
            "generate", "a red ball", "--model", model, "--frames", "24", "--steps", "1",
            "--width", "256", "--height", "256", "--output", folder.path("x.mp4"), "--json",
        ]
        let dry = try await CommandLineTool.run(command + ["--dry-run"])
        #expect(dry.status == 0, "\(dry.errors)")
        #expect(folder.content == ["model"])
        let plan = try object(Data(dry.output.utf8))
        #expect(plan["chunks"] as? Int == 2 && plan["steps"] as? Int == 1)
        #expect((plan["networks"] as? [Any])?.count == 7)
        #expect((plan["available_memory"] as? Int ?? 0) > 1 << 28)
        let times = try #require(plan["times"] as? [String: Any])
        #expect((times["total"] as? Double ?? 0) > 0)
        let run = try await CommandLineTool.run(command)
        #expect(run.status == 0, "\(run.errors)")
        let forecast = Double(try #require(plan["peak_memory"] as? Int))
        let peak = Double(try #require(object(Data(run.output.utf8))["peak_memory"] as? Int))
        #expect(abs(forecast / peak - 1) < 0.15, "\(forecast) for \(peak)")
    }

    @Test func printsThePlan() async throws {
        let folder = try Scratch()
        let result = try await CommandLineTool.run([
            "generate", "a red ball", "--model", synthesized(folder), "--frames", "40",
            "--dtype", "bfloat16", "--cache-interval", "2", "--dry-run",
        ])
        #expect(result.status == 0, "\(result.errors)")
        for part in [
            "40 frames of 32×32 in 4 chunks", "the whole network in one of 2",
            "unet of the first chunk", "bfloat16",
            "chunk 2, denoising", "memory  ", "disk    about", "time    ", "a step ",
        ] { #expect(result.output.contains(part), "\(part) in \(result.output)") }
    }

    @Test func refusesWhatCannotFit() async throws {
        let folder = try Scratch()
        let command = [
            "generate", "a", "--model", try await synthesized(folder), "--width", "8192",
            "--height", "8192", "--output", folder.path("x/"),
        ]
        try await expectFailure(71, "of memory", "--width", running: command)
        let dry = try await CommandLineTool.run(command + ["--dry-run"])
        #expect(dry.status == 71 && dry.errors.contains("of memory"))
        #expect(dry.output.contains("memory  ") && !dry.output.contains("time  "))
        #expect(folder.content == ["model"])
    }

    @Test(.enabled(if: SmallDisk.isAvailable, "mounting a small disk needs root"))
    func refusesAFullDiskBeforeTheWork() async throws {
        let folder = try Scratch()
        let disk = try SmallDisk(kibibytes: 64)
        let model = try await synthesized(folder)
        try await expectFailure(
            73, "are free in", "--frames",
            running: [
                "generate", "a", "--model", model, "--frames", "800", "--output",
                disk.path + "/frames/",
            ])
        #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == [])
    }
}
