import Foundation
import TestSupport
import Testing

/// `streamingt2v download`, against a hub on this machine.
@Suite struct DownloadCommandTests {
    /// The hub of `Tests/Fixtures/hub/server.py`, with one file of 200,000 bytes and a small one.
    final class Hub: @unchecked Sendable {
        static let commit = String(repeating: "0123abcd", count: 5)
        static let weights = Data((0..<200_000).map { UInt8($0 * 7 % 251) })
        let folder: Scratch
        let environment: [String: String]
        private let process = Process()
        private let input = Pipe()

        init(_ more: [String: Any] = [:]) async throws {
            let folder = try Scratch()
            let large: [String: Any] = [
                "path": "unet/w.bin", "data": Self.weights.base64EncodedString(),
            ]
            let small = ["path": "config.json", "data": Data("{}\n".utf8).base64EncodedString()]
            let config: [String: Any] = [
                "repository": "some/model", "commit": Self.commit,
                "files": [large.merging(["lfs": true]) { $1 }.merging(more) { $1 }, small],
            ]
            let text = try JSONSerialization.data(withJSONObject: config)
            try text.write(to: URL(filePath: folder.path("config.json")))
            let tests = URL(filePath: #filePath).deletingLastPathComponent()
                .deletingLastPathComponent()
            process.executableURL = URL(filePath: "/usr/bin/env")
            process.arguments = [
                "python3", tests.appending(path: "Fixtures/hub/server.py").path, folder.folder.path,
            ]
            process.standardInput = input
            try process.run()
            let isReady = try await wait {
                FileManager.default.fileExists(atPath: folder.path("port"))
            }
            try #require(isReady)
            let port = try String(contentsOfFile: folder.path("port"), encoding: .utf8)
            self.folder = folder
            environment = [
                "HF_HOME": folder.path("home"), "HF_ENDPOINT": "http://127.0.0.1:\(port)",
                "HF_HUB_CACHE": "", "HF_TOKEN": "", "HF_HUB_OFFLINE": "",
            ]
        }

        deinit {
            try? input.fileHandleForWriting.close()
            process.waitUntilExit()
        }

        var snapshot: String {
            folder.path("home/hub/models--some--model/snapshots/" + Self.commit)
        }
        var blobs: [String] {
            let path = folder.path("home/hub/models--some--model/blobs")
            return (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        }
    }

    @Test func downloadsAndSaysWhere() async throws {
        let hub = try await Hub()
        let command = ["download", "some/model"]
        let list = try await CommandLineTool.run(
            command + ["--dry-run"], environment: hub.environment)
        #expect(list.status == 0 && list.errors == "" && hub.blobs.isEmpty)
        #expect(
            list.output == """
                some/model, revision main, commit \(Hub.commit)
                         3 B  config.json
                   200.00 kB  unet/w.bin
                2 files, 200.00 kB; 200.00 kB to fetch

                """)
        let result = try await CommandLineTool.run(command, environment: hub.environment)
        #expect(result.status == 0 && result.output == hub.snapshot + "\n", "\(result.errors)")
        #expect(result.errors.contains("2 of 2 missing files complete"))
        #expect(try Data(contentsOf: URL(filePath: hub.snapshot + "/unet/w.bin")) == Hub.weights)

        let again = try await CommandLineTool.run(
            command + ["--json", "--file", "unet/"],
            environment: hub.environment.merging(["HF_HUB_OFFLINE": "1"]) { $1 })
        #expect(again.status == 0)
        let report = try JSONSerialization.jsonObject(with: Data(again.output.utf8))
        let object = try #require(report as? [String: Any])
        #expect(object["snapshot"] as? String == hub.snapshot)
        #expect(object["bytes"] as? Int == 200_000 && object["bytes_to_fetch"] as? Int == 0)
        #expect((object["files"] as? [[String: Any]])?.first?["was_cached"] as? Bool == true)
    }

    @Test func failsWithStableCodes() async throws {
        let hub = try await Hub(["hash": String(repeating: "ab", count: 32)])
        func fails(_ status: Int32, _ hint: String, _ arguments: [String]) async throws {
            try await expectFailure(
                status, hint, running: ["download"] + arguments, environment: hub.environment)
        }
        try await fails(65, "hash", ["some/model"])
        try await fails(66, "Check the spelling", ["no/model"])
        try await fails(66, "*.pt", ["some/model", "--file", "*.pt"])
        try await fails(64, "owner/name", ["../model"])
        try await fails(64, "branch or tag", ["some/model", "--revision", "../x"])
        var environment = hub.environment
        environment["HF_ENDPOINT"] = "no-address"
        try await expectFailure(
            64, "HF_ENDPOINT", running: ["download", "some/model"], environment: environment)
        environment["HF_HUB_OFFLINE"] = "1"
        environment["HF_ENDPOINT"] = nil
        try await expectFailure(
            66, "HF_HUB_OFFLINE", running: ["download", "some/model"], environment: environment)
    }

    @Test func goesOnAfterAnInterrupt() async throws {
        let hub = try await Hub(["delay": 0.1])
        let command = ["download", "some/model", "--file", "unet/*"]
        let running = try CommandLineTool.start(command, environment: hub.environment)
        let hasBegun = try await wait {
            let name = hub.blobs.first { $0.hasSuffix(".incomplete") } ?? "none"
            let path = hub.folder.path("home/hub/models--some--model/blobs/" + name)
            let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int
            return (size ?? 0) > 20_000 && running.catchesInterrupts
        }
        try #require(hasBegun, "\(running.errors)")
        running.send(SIGINT)
        let result = await running.result()
        #expect(result.status == 130 && !result.wasKilled && result.output == "")
        #expect(result.errors.contains("goes on there"), "\(result.errors)")
        let second = try await CommandLineTool.run(command, environment: hub.environment)
        #expect(second.status == 0 && second.output == hub.snapshot + "\n")
        // The server writes a request down after its answer.
        let hasGoneOn = try await wait {
            try String(contentsOfFile: hub.folder.path("log.jsonl"), encoding: .utf8)
                .contains("\"range\": \"bytes=")
        }
        #expect(hasGoneOn)
        #expect(try Data(contentsOf: URL(filePath: hub.snapshot + "/unet/w.bin")) == Hub.weights)
    }
}
