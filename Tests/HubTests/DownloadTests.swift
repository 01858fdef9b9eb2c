import Foundation
import Synchronization
import Testing

@testable import Hub

/// What arrives, and where it lies, when the hub does what it should.
@Suite struct DownloadTests {
    private static let weights = pattern(300_000)
    private static let config = Data("{\"a\": 1}\n".utf8)

    private func files(_ more: [String: Any] = [:]) -> [[String: Any]] {
        [
            file("unet/weights.safetensors", Self.weights, ["lfs": true].merging(more) { $1 }),
            file("config.json", Self.config), file("vae/config.json", Self.config),
        ]
    }

    @Test func fillsTheCacheAsOthersExpectIt() async throws {
        let hub = try await TestHub(files())
        let last = Mutex<DownloadProgress?>(nil)
        let plan = try await hub.download { now in last.withLock { $0 = now } }

        // By `printf '{"a": 1}\n' | git hash-object --stdin`.
        let small = "cb5b2f69babc53f9145b45ad20b9a075d48717ef"
        let large = try #require(plan.files.first { $0.path.hasPrefix("unet") }).blob
        #expect(large.count == 64)
        #expect(
            plan.files.map(\.path) == [
                "config.json", "unet/weights.safetensors", "vae/config.json",
            ])
        #expect(plan.bytesToFetch == 300_009 && plan.bytes == 300_018)  // equal contents count once
        #expect(hub.names("blobs") == [large, small].sorted())
        #expect(try hub.data("blobs/" + large) == Self.weights)
        #expect(
            try String(contentsOfFile: hub.path("refs/main"), encoding: .utf8) == TestHub.commit)
        let snapshot = "snapshots/\(TestHub.commit)"
        #expect(plan.snapshot == hub.path(snapshot))
        #expect(hub.names(snapshot) == ["config.json", "unet", "vae"])
        let link = try FileManager.default.destinationOfSymbolicLink(
            atPath: hub.path(snapshot + "/unet/weights.safetensors"))
        #expect(link == "../../../blobs/" + large)
        #expect(
            try FileManager.default.destinationOfSymbolicLink(
                atPath: hub.path(snapshot + "/config.json")) == "../../blobs/" + small)
        #expect(try hub.data(snapshot + "/vae/config.json") == Self.config)
        #expect(
            last.withLock { $0 }
                == DownloadProgress(
                    bytes: 300_009, received: 300_009, totalBytes: 300_009, files: 2, totalFiles: 2)
        )
    }

    @Test func fetchesNothingTwice() async throws {
        let hub = try await TestHub(files())
        try await hub.download()
        let before = try hub.fileRequests.count
        let plan = try await hub.download()
        #expect(before == 2)
        #expect(try hub.fileRequests.count == 2)
        #expect(plan.bytesToFetch == 0 && plan.cached.count == 3)

        // A link that was deleted comes back without a download.
        let link = "snapshots/\(TestHub.commit)/config.json"
        try FileManager.default.removeItem(atPath: hub.path(link))
        try await hub.download()
        #expect(try hub.data(link) == Self.config)
        #expect(try hub.fileRequests.count == 2)
    }

    @Test func fetchesWhatThePatternsFit() async throws {
        let hub = try await TestHub(files())
        try await hub.download(["*.json"])
        #expect(hub.names("snapshots/\(TestHub.commit)") == ["config.json", "vae"])
        #expect(try hub.fileRequests.count == 1)
        try await hub.download(["unet/"])
        #expect(hub.names("snapshots/\(TestHub.commit)") == ["config.json", "unet", "vae"])
        #expect(
            await hub.error(["*.json", "*.bin"])
                == .noMatch(patterns: ["*.bin"], repository: "some/model"))
    }

    @Test func goesOnWhereTheConnectionBroke() async throws {
        let hub = try await TestHub(files(["breaks": [123_456, 50_000]]))
        try await hub.download(["unet/*"])
        let requests = try hub.fileRequests
        #expect(requests.map(\.sent) == [123_456, 50_000, 300_000 - 173_456])
        #expect(
            requests.map(\.range)
                == [nil, "bytes=123456-299999", "bytes=173456-299999"])
        #expect(
            try hub.data("snapshots/\(TestHub.commit)/unet/weights.safetensors") == Self.weights)
        #expect(!hub.names("blobs").contains { $0.hasSuffix(".incomplete") })
    }

    @Test func goesOnInTheNextRun() async throws {
        let hub = try await TestHub(files(["breaks": [100_000, 0, 0, 0, 0]]))
        let error = await hub.error(["unet/*"])
        guard case .unreachable = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(hub.names("blobs").filter { $0.hasSuffix(".incomplete") }.count == 1)
        #expect(hub.names("snapshots").isEmpty && hub.names("refs").isEmpty)
        let plan = try await hub.download(["unet/*"])
        #expect(plan.bytesToFetch == 200_000)
        let requests = try hub.fileRequests
        #expect(requests.count == 6 && requests.reduce(0) { $0 + $1.sent } == 300_000)
        #expect(
            try hub.data("snapshots/\(TestHub.commit)/unet/weights.safetensors") == Self.weights)
    }

    @Test func asksOnlyForWhatIsMissing() async throws {
        let hub = try await TestHub(files(["breaks": [20_000, 100_000]]))
        try await hub.download(["unet/*"])
        #expect(
            try hub.fileRequests.map(\.range)
                == [nil, "bytes=20000-299999", "bytes=120000-299999"])
        #expect(
            try hub.data("snapshots/\(TestHub.commit)/unet/weights.safetensors") == Self.weights)
    }

    /// A server that knows no ranges sends everything again.
    @Test func beginsAnewWhereItMust() async throws {
        let hub = try await TestHub(files(["breaks": [100_000], "whole": true]))
        try await hub.download(["unet/*"])
        #expect(try hub.fileRequests.map(\.sent) == [100_000, 300_000])
        #expect(
            try hub.data("snapshots/\(TestHub.commit)/unet/weights.safetensors") == Self.weights)
    }

    /// Without an end, such a server would be asked for ever.
    @Test func givesUpWhereNothingIsGained() async throws {
        let breaks = [Int](repeating: 100_000, count: 20)
        let hub = try await TestHub(files(["breaks": breaks, "whole": true]))
        guard case .unreachable? = await hub.error(["unet/*"]) else {
            Issue.record("no error")
            return
        }
        #expect(try hub.fileRequests.count == 5)
    }

    @Test func followsRedirectsWithoutTheToken() async throws {
        let hub = try await TestHub(files(["elsewhere": true]), ["token": "hf_secret"])
        let settings = try hub.settings(["HF_TOKEN": "hf_secret"])
        try await hub.download(["unet/*"], settings: settings)
        let requests = try hub.fileRequests
        #expect(requests.map { $0.path.hasPrefix("/store/") } == [false, true])
        #expect(requests.map(\.authorization) == ["Bearer hf_secret", nil])
        #expect(requests.last?.host?.hasPrefix("localhost:") == true)
        #expect(
            try hub.data("snapshots/\(TestHub.commit)/unet/weights.safetensors") == Self.weights)
    }

    /// Where the list tells neither length nor hash, the hub's headers do.
    @Test(arguments: [false, true]) func namesContentsByTheirTag(isElsewhere: Bool) async throws {
        let hub = try await TestHub(files(["unnamed": true, "elsewhere": isElsewhere]))
        let plan = try await hub.download(["unet/*"])
        #expect(plan.bytes == 300_000)
        #expect(try hub.fileRequests.first?.method == "HEAD")
        #expect(hub.names("blobs") == plan.files.map(\.blob) && plan.files[0].blob.count == 64)
    }

    @Test func waitsWhereTheHubIsBusy() async throws {
        let hub = try await TestHub(files(["statuses": [503, 429]]))
        try await hub.download(["unet/*"])
        #expect(try hub.fileRequests.map(\.sent) == [0, 0, 300_000])
    }

    @Test func looksOnlyAtTheCacheWhenOffline() async throws {
        let hub = try await TestHub(files())
        let offline = try hub.settings(["HF_HUB_OFFLINE": "1", "HF_ENDPOINT": "http://127.0.0.1:1"])
        let missing = HubError.notCached(
            repository: "some/model", revision: "main",
            folder: hub.folder.appending(path: "home/hub/models--some--model").path)
        #expect(await hub.error(settings: offline) == missing)
        let online = try await hub.download(["*.json"])
        let plan = try await hub.download(settings: offline)
        #expect(plan.files == online.files && plan.snapshot == online.snapshot)
        #expect(plan.bytesToFetch == 0)
        #expect(await hub.error(["unet/*"], settings: offline) == missing)
    }

    /// Ctrl-C cancels the task; what arrived stays.
    @Test func keepsWhatArrivedWhenCancelled() async throws {
        let hub = try await TestHub(files(["delay": 0.02]))
        let (arrived, publisher) = AsyncStream<Int>.makeStream()
        let work = Task {
            try await hub.download(["unet/*"]) { publisher.yield($0.bytes) }
        }
        for await bytes in arrived where bytes > 20_000 { break }
        work.cancel()
        await #expect(throws: CancellationError.self) { try await work.value }
        let partial = try #require(hub.names("blobs").first)
        let kept = try hub.data("blobs/" + partial)
        #expect(partial.hasSuffix(".incomplete") && kept.count > 20_000)
        #expect(kept == Self.weights.prefix(kept.count))
    }
}
