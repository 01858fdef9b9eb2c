import Foundation
import Testing

@testable import Hub

/// What a hub sends wrong ends in an error, and not in the cache.
@Suite struct RefusalTests {
    private static let weights = pattern(50_000)

    private func hub(_ more: [String: Any]) async throws -> TestHub {
        try await TestHub([file("w.bin", Self.weights, ["lfs": true].merging(more) { $1 })])
    }

    /// Nothing of a refused file is left, not even a part that the next run would go on with.
    private func expectNothing(in hub: TestHub) {
        #expect(hub.names("blobs").isEmpty && hub.names("snapshots").isEmpty)
        #expect(hub.names("refs").isEmpty)
    }

    @Test(arguments: [true, false]) func refusesWrongBytes(isLarge: Bool) async throws {
        let wrong = String(repeating: "ab", count: isLarge ? 32 : 20)
        let hub = try await hub(["hash": wrong, "lfs": isLarge])
        guard case .wrongHash("w.bin", wrong, let actual) = await hub.error() else {
            Issue.record("no wrongHash")
            return
        }
        #expect(actual.count == wrong.count && actual != wrong)
        #expect(try hub.fileRequests.count == 1)
        expectNothing(in: hub)
    }

    /// A part of other bytes is noticed, and gone in the next run.
    @Test func refusesAWrongPart() async throws {
        let hub = try await hub([:])
        let plan = try await HubClient(hub.settings()).plan(ModelRepository("some/model"))
        let partial = "blobs/\(plan.files[0].blob).incomplete"
        try FileManager.default.createDirectory(
            atPath: hub.path("blobs"), withIntermediateDirectories: true)
        try Data(count: 20_000).write(to: URL(filePath: hub.path(partial)))
        guard case .wrongHash = await hub.error() else {
            Issue.record("no wrongHash")
            return
        }
        #expect(try hub.fileRequests.map(\.range) == ["bytes=20000-49999"])
        expectNothing(in: hub)
        try await hub.download()
        #expect(try hub.data("snapshots/\(TestHub.commit)/w.bin") == Self.weights)
    }

    @Test(arguments: [49_999, 50_001]) func refusesAWrongLength(listed: Int) async throws {
        let hub = try await hub(["size": listed])
        #expect(
            await hub.error() == .wrongLength(path: "w.bin", expected: listed, actual: 50_000))
        expectNothing(in: hub)
    }

    @Test func tellsStatusesApart() async throws {
        let missing = try await hub(["statuses": [404]])
        #expect(
            await missing.error() == .fileNotFound(path: "w.bin", repository: "some/model"))
        let gone = try await hub(["statuses": [410]])
        guard case .refused(let address, 410) = await gone.error() else {
            Issue.record("no refused")
            return
        }
        #expect(address.hasSuffix("/some/model/resolve/\(TestHub.commit)/w.bin"))
        let gated = try await hub(["statuses": [403]])
        #expect(
            await gated.error()
                == .notAuthorized(repository: "some/model", status: 403, hasToken: false))
        let failing = try await hub(["statuses": [Int](repeating: 500, count: 9)])
        guard case .refused(_, 500) = await failing.error() else {
            Issue.record("no refused")
            return
        }
        #expect(try failing.fileRequests.count == 5)
    }

    @Test func tellsMissingRepositoriesFromPrivateOnes() async throws {
        let hub = try await TestHub([], ["token": "right"])
        #expect(
            await hub.error()
                == .notAuthorized(repository: "some/model", status: 401, hasToken: false))
        #expect(
            await hub.error(settings: try hub.settings(["HF_TOKEN": "wrong"]))
                == .notAuthorized(repository: "some/model", status: 401, hasToken: true))
        let client = HubClient(try hub.settings(["HF_TOKEN": "right"]))
        await #expect(throws: HubError.repositoryNotFound(repository: "no/model", revision: "main"))
        {
            try await client.plan(ModelRepository("no/model"))
        }
        await #expect(
            throws: HubError.repositoryNotFound(repository: "some/model", revision: "x/y")
        ) {
            try await client.plan(ModelRepository("some/model", revision: "x/y"))
        }
        #expect(try hub.requests.last?.path == "/api/models/some/model/revision/x%2Fy?blobs=true")
    }

    @Test(arguments: [
        "../../../evil", "/etc/evil", "a/../../evil", "a//b", "", ".", "a/./b", "a\\b",
        "a\u{1B}[2J", "\u{600}/../evil", "a\u{110BD}/./b", "a\u{600}//b",
    ])
    func refusesHostilePaths(path: String) async throws {
        let hub = try await TestHub([file(path, Self.weights), file("good", Self.weights)])
        guard case .unsafePath(path, _) = await hub.error() else {
            Issue.record("no unsafePath")
            return
        }
        #expect(try hub.fileRequests.isEmpty)
        expectNothing(in: hub)
        #expect(
            HubError.unsafePath(path: path, reason: "x").description.allSatisfy { $0 != "\u{1B}" })
    }

    /// A folder of the snapshot that is a link must not carry files away.
    @Test func refusesToWriteThroughALink() async throws {
        let hub = try await TestHub([file("unet/w.bin", Self.weights)])
        let away = hub.folder.appending(path: "away")
        let snapshot = hub.path("snapshots/\(TestHub.commit)")
        for folder in [away.path, snapshot] {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
        }
        try FileManager.default.createSymbolicLink(
            atPath: snapshot + "/unet", withDestinationPath: away.path)
        guard case .unsafePath("unet/w.bin", _) = await hub.error() else {
            Issue.record("no unsafePath")
            return
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: away.path).isEmpty)
    }

    static let lists = [
        "no JSON", "{}", #"{"sha": "main", "siblings": []}"#,
        #"{"sha": "\#(TestHub.commit)", "siblings": [{"rfilename": "a", "size": 1, "blobId": "../../x"}]}"#,
        #"{"sha": "\#(TestHub.commit)", "siblings": [{"rfilename": "a", "size": -1}]}"#,
        #"{"sha": "\#(TestHub.commit)", "siblings": [{"rfilename": "a", "lfs": {"sha256": "12", "size": 1}}]}"#,
    ]

    @Test(arguments: lists) func refusesWhatIsNoList(text: String) async throws {
        let hub = try await TestHub([], ["raw": text])
        guard case .invalidAnswer = await hub.error() else {
            Issue.record("no invalidAnswer")
            return
        }
        expectNothing(in: hub)
    }

    @Test func refusesMoreThanTheDiskHolds() async throws {
        let hub = try await hub(["size": 1 << 46])
        guard case .noSpace(_, 1 << 46, let free) = await hub.error() else {
            Issue.record("no noSpace")
            return
        }
        #expect(free > 0 && free < 1 << 46)
        #expect(try hub.fileRequests.isEmpty)
    }

    @Test func saysWhereNobodyAnswers() async throws {
        let hub = try await hub([:])
        let settings = try hub.settings(["HF_ENDPOINT": "http://127.0.0.1:1"])
        guard case .unreachable(let address, _) = await hub.error(settings: settings) else {
            Issue.record("no unreachable")
            return
        }
        #expect(address.hasPrefix("http://127.0.0.1:1/api/models/some/model/"))
    }
}
