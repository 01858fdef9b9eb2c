import Foundation
import Testing

@testable import Hub

/// A hub that answers with what no hub should, or hardly at all: each download ends, in time and with an error of ours.
@Suite struct HostileHubTests {
    private static let weights = pattern(20_000)

    private func hub(
        _ more: [String: Any] = [:], list: [String: Any] = [:]
    ) async throws -> TestHub {
        try await TestHub(
            [file("w.bin", Self.weights, ["lfs": true].merging(more) { $1 })], ["list": list])
    }

    /// Settings of an impatient client.
    private func impatient(_ hub: TestHub) throws -> HubSettings {
        var settings = try hub.settings()
        settings.answerDeadline = 0.5
        settings.rateWindow = 0.5
        return settings
    }

    // MARK: Numbers

    @Test(arguments: [
        "nan", "-1", "inf", "1e400", "-nan", "Wed, 21 Oct 2015 07:28:00 GMT", "0x1p9",
    ])
    func waitsForNoImpossibleTime(text: String) async throws {
        #expect(
            [0, 0x1p9].contains(
                Answer(status: 503, hubHeaders: [:], headers: ["retry-after": text]).retryPause))
        guard text != "0x1p9" else { return }
        let hub = try await hub(list: ["statuses": [503], "headers": ["Retry-After": text]])
        #expect(await hub.error() == nil)
        #expect(try hub.data("snapshots/\(TestHub.commit)/w.bin") == Self.weights)
    }

    @Test(arguments: [
        "9223372036854775807", "-1", "99999999999999999999", "nan", "", "70368744177665",
    ])
    func refusesALinkedSizeThatNoFileHas(text: String) async throws {
        let hub = try await hub(["unnamed": true, "headers": ["X-Linked-Size": text]])
        guard case .invalidAnswer(_, let reason) = await hub.error() else {
            Issue.record("no invalidAnswer")
            return
        }
        #expect(reason == "no length from 0 to 70368744177664 bytes")
        #expect(hub.names("blobs").isEmpty)
    }

    @Test(arguments: [Int.max, 1 << 60, -1, Int.min]) func refusesASizeThatNoFileHas(
        size: Int
    ) async throws {
        let hub = try await hub(["size": size])
        guard case .invalidAnswer = await hub.error() else {
            Issue.record("no invalidAnswer")
            return
        }
    }

    /// Each of the sizes is possible, and their sum would not fit into a number.
    @Test func refusesMoreFilesThanAListMayHave() async throws {
        let sibling = #"{"rfilename": "a", "size": 70368744177664, "blobId": "\#(TestHub.commit)"}"#
        let count = RepositoryListing.countLimit + 1
        let siblings = repeatElement(sibling, count: count).joined(separator: ",")
        let text = #"{"sha": "\#(TestHub.commit)", "siblings": [\#(siblings)]}"#
        #expect(
            throws: HubError.invalidAnswer(
                address: "hub", reason: "it lists \(count) files, more than \(count - 1)")
        ) { try RepositoryListing.decode(Data(text.utf8), address: "hub") }
    }

    @Test func asksForFewFilesOneByOne() async throws {
        let count = RepositoryListing.unsizedLimit + 1
        let hub = try await TestHub(
            (0..<count).map { file("\($0).bin", Data(), ["unnamed": true]) })
        guard case .invalidAnswer(_, let reason) = await hub.error() else {
            Issue.record("no invalidAnswer")
            return
        }
        #expect(reason == "it lists 257 files without a size or hash, more than 256")
        #expect(try hub.fileRequests.isEmpty)
    }

    /// From 2^63 − 512 to 2^63 − 1, URLSession of Linux traps (`Int64(contentLength)` of a `Double`).
    @Test(arguments: [
        ["Content-Length": "9223372036854774784"], ["Content-Length": "9223372036854775296"],
        ["Content-Length": "9223372036854775807"], ["Content-Length": "9223372036854775808"],
        ["Content-Length": "-5"],
        ["Content-Length": "99999999999999999999"], ["Content-Length": "nan"],
    ]) func survivesALengthThatNoBodyHas(headers: [String: String]) async throws {
        let hub = try await hub(["headers": headers])
        let error = await hub.error(settings: try impatient(hub))
        guard error == nil else { return #expect(hub.names("snapshots").isEmpty) }
        #expect(try hub.data("snapshots/\(TestHub.commit)/w.bin") == Self.weights)
    }

    @Test(arguments: [
        "bytes 0-19999/9223372036854775807", "bytes -1--1/-1", "bytes nan-nan/nan", "bytes",
        "bytes 9223372036854775807-9223372036854775807/20000", "",
    ]) func refusesARangeThatNoFileHas(text: String) async throws {
        let hub = try await hub(["breaks": [5000], "headers": ["Content-Range": text]])
        #expect(await hub.error(settings: try impatient(hub)) != nil)
        #expect(hub.names("snapshots").isEmpty)
    }

    // MARK: Waiting

    private func expectEnd(
        _ hub: TestHub, reason: String, within limit: Duration = .seconds(20)
    ) async throws {
        let start = ContinuousClock.now
        guard case .unreachable(_, let found) = await hub.error(settings: try impatient(hub)) else {
            Issue.record("no unreachable")
            return
        }
        #expect(found.contains(reason), "\(found)")
        #expect(ContinuousClock.now - start < limit)
    }

    @Test func endsAListThatDrips() async throws {
        try await expectEnd(
            try await hub(list: ["piece": 1, "delay": 0.05]),
            reason: "no whole answer within 0.5 seconds")
    }

    @Test func endsAListThatDoesNotCome() async throws {
        try await expectEnd(
            try await hub(list: ["silent": 60]), reason: "no whole answer within 0.5 seconds")
    }

    @Test func endsAFileThatDrips() async throws {
        let hub = try await hub(["piece": 1, "delay": 0.05])
        try await expectEnd(
            hub, reason: "less than 1024.0 bytes per second arrived over 0.5 seconds")
        #expect(try hub.fileRequests.count == HubConnection.attempts)
    }

    /// What is slow, but not too slow, arrives.
    @Test func keepsAFileThatIsSlow() async throws {
        let hub = try await hub(["piece": 1000, "delay": 0.05])
        #expect(await hub.error(settings: try impatient(hub)) == nil)
        #expect(try hub.data("snapshots/\(TestHub.commit)/w.bin") == Self.weights)
        #expect(try hub.fileRequests.count == 1)
    }

    @Test(arguments: [true, false]) func endsAHeaderThatDoesNot(ofList: Bool) async throws {
        let endless = ["endless": true]
        let hub = try await hub(ofList ? [:] : endless, list: ofList ? endless : [:])
        let start = ContinuousClock.now
        guard case .unreachable = await hub.error(settings: try impatient(hub)) else {
            Issue.record("no unreachable")
            return
        }
        #expect(ContinuousClock.now - start < .seconds(20))
    }

    @Test(arguments: [true, false]) func endsACircleOfRedirects(ofList: Bool) async throws {
        let loop = ["loop": true]
        let hub = try await hub(ofList ? [:] : loop, list: ofList ? loop : [:])
        guard case .invalidAnswer(_, let reason) = await hub.error() else {
            Issue.record("no invalidAnswer")
            return
        }
        #expect(reason == "more than 10 redirects")
        #expect(try hub.requests.count { $0.path.contains(ofList ? "api" : "resolve") } == 11)
    }

    /// Cancelled at any moment of many redirects, the task ends; URLSession would trap if it were redirected after that.
    @Test(arguments: 0..<20) func isCancelledBetweenRedirects(moment: Int) async throws {
        let hub = try await hub(["loop": true])
        let download = Task { try await hub.download() }
        while try hub.names("blobs").isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        try await Task.sleep(for: .microseconds(moment * 500))
        download.cancel()
        await #expect(throws: (any Error).self) { try await download.value }
    }

    @Test(arguments: [["piece": 1, "delay": 0.2], ["silent": 30]] as [[String: Double]])
    func aCancelledDownloadEndsAtOnce(how: [String: Double]) async throws {
        let hub = try await hub(how)
        let download = Task { try await hub.download() }
        while try hub.names("blobs").isEmpty { try await Task.sleep(for: .milliseconds(20)) }
        let start = ContinuousClock.now
        download.cancel()
        await #expect(throws: CancellationError.self) { try await download.value }
        #expect(ContinuousClock.now - start < .seconds(3))
    }

    // MARK: Bodies

    /// Without an announced length, what comes behind the end is part of the body.
    @Test func refusesABodyThatIsLonger() async throws {
        let hub = try await hub(["more": 300_000, "headers": ["Content-Length": NSNull()]])
        guard case .wrongLength("w.bin", 20_000, let actual) = await hub.error() else {
            Issue.record("no wrongLength")
            return
        }
        #expect(actual > 20_000)
        #expect(hub.names("blobs").isEmpty)
    }

    @Test func refusesABodyThatIsShorter() async throws {
        let hub = try await hub(["breaks": [100, 100, 100, 100, 100]])
        guard case .unreachable = await hub.error(settings: try impatient(hub)) else {
            Issue.record("no unreachable")
            return
        }
        #expect(hub.names("snapshots").isEmpty)
    }

    /// Compressed against the request, a body is unpacked or refused, but never kept as it is.
    @Test func keepsNoCompressedBody() async throws {
        let hub = try await hub(["gzip": true])
        if await hub.error() == nil {
            #expect(try hub.data("snapshots/\(TestHub.commit)/w.bin") == Self.weights)
        } else {
            #expect(hub.names("snapshots").isEmpty)
        }
    }
}
