import Foundation

@testable import Hub

/// A hub on this machine that serves what a test wants, with a cache of its own; both go with the test.
final class TestHub: @unchecked Sendable {
    /// A request that the hub answered.
    struct Request: Decodable {
        let number: Int
        let method: String
        let path: String
        let sent: Int
        let range: String?
        let authorization: String?
        let host: String?
    }

    static let commit = String(repeating: "c0ffee42", count: 5)

    let folder: URL
    let endpoint: String
    private let process = Process()
    private let input = Pipe()

    /// - Parameters:
    ///   - files: as `config.json` of `Tests/Fixtures/hub/server.py` has them.
    ///   - more: further fields of it.
    init(_ files: [[String: Any]], _ more: [String: Any] = [:]) async throws {
        folder = FileManager.default.temporaryDirectory.appending(path: "hub-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let config: [String: Any] = [
            "repository": "some/model", "commit": Self.commit, "files": files,
        ].merging(more) { $1 }
        try JSONSerialization.data(withJSONObject: config)
            .write(to: folder.appending(path: "config.json"))
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Fixtures/hub/server.py")
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", script.path, folder.path]
        process.standardInput = input
        try process.run()
        var port: String?
        for _ in 0..<600 where port == nil {
            try await Task.sleep(for: .milliseconds(50))
            port = try? String(contentsOf: folder.appending(path: "port"), encoding: .utf8)
        }
        guard let port else { throw CocoaError(.fileReadNoSuchFile) }
        endpoint = "http://127.0.0.1:\(port)"
    }

    deinit {
        try? input.fileHandleForWriting.close()
        process.waitUntilExit()
        try? FileManager.default.removeItem(at: folder)
    }

    /// All requests, in the order in which they came.
    ///
    /// The server writes a request down after its answer, so those that have begun are waited for.
    var requests: [Request] {
        get throws {
            let patience = ContinuousClock.now + .seconds(10)
            var text = ""
            repeat {
                let begun = try Data(contentsOf: folder.appending(path: "begun")).count
                text = try String(
                    contentsOf: folder.appending(path: "log.jsonl"), encoding: .utf8)
                if text.count(where: { $0 == "\n" }) >= begun { break }
                usleep(10_000)
            } while ContinuousClock.now < patience
            return try text.split(separator: "\n").map {
                try JSONDecoder().decode(Request.self, from: Data($0.utf8))
            }.sorted { $0.number < $1.number }
        }
    }

    /// Requests for contents, not for the list.
    var fileRequests: [Request] {
        get throws { try requests.filter { !$0.path.hasPrefix("/api/") } }
    }

    func settings(_ environment: [String: String] = [:]) throws -> HubSettings {
        var settings = try HubSettings(
            environment: [
                "HF_ENDPOINT": endpoint + "/", "HF_HOME": folder.appending(path: "home").path,
            ].merging(environment) { $1 })
        settings.firstPause = 0.02
        return settings
    }

    /// Downloads into the cache.
    @discardableResult
    func download(
        _ patterns: [String] = [], settings: HubSettings? = nil,
        progress: @escaping @Sendable (DownloadProgress) -> Void = { _ in }
    ) async throws -> DownloadPlan {
        let client = HubClient(try settings ?? self.settings())
        let plan = try await client.plan(ModelRepository("some/model"), patterns: patterns)
        try await client.download(plan, progress: progress)
        return plan
    }

    /// A path inside the repository's folder of the cache.
    func path(_ name: String) -> String {
        folder.appending(path: "home/hub/models--some--model/" + name).path
    }

    func data(_ name: String) throws -> Data { try Data(contentsOf: URL(filePath: path(name))) }

    /// Names in a folder of the repository's folder, none if it does not exist.
    func names(_ name: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path(name))) ?? []).sorted()
    }

    /// The error that a download ends with, if it is one of ours.
    func error(
        _ patterns: [String] = [], settings: HubSettings? = nil
    ) async -> HubError? {
        do {
            try await download(patterns, settings: settings)
            return nil
        } catch {
            return error as? HubError
        }
    }
}

/// Bytes of which none repeats the one before, so that a wrong offset shows.
func pattern(_ count: Int, seed: UInt64 = 1) -> Data {
    var state = seed
    return Data(
        (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        })
}

/// A line of "files" in the hub's configuration.
func file(_ path: String, _ data: Data, _ more: [String: Any] = [:]) -> [String: Any] {
    ["path": path, "data": data.base64EncodedString()].merging(more) { $1 }
}
