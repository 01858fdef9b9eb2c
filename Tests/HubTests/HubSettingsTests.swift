import Foundation
import Testing

@testable import Hub

@Suite struct HubSettingsTests {
    @Test func findsTheCacheAsOthersDo() throws {
        func cache(_ environment: [String: String]) throws -> String {
            try HubSettings(environment: environment.merging(["HOME": "/h"]) { $1 }).cacheFolder
                .path
        }
        #expect(try cache([:]) == "/h/.cache/huggingface/hub")
        #expect(try cache(["XDG_CACHE_HOME": "/x"]) == "/x/huggingface/hub")
        #expect(try cache(["XDG_CACHE_HOME": "/x", "HF_HOME": "~/y"]) == "/h/y/hub")
        #expect(try cache(["HF_HOME": "/y", "HF_HUB_CACHE": "/z"]) == "/z")
        #expect(try cache(["HF_HOME": "", "HF_HUB_CACHE": ""]) == "/h/.cache/huggingface/hub")
    }

    @Test func findsTheToken() throws {
        let home = FileManager.default.temporaryDirectory
            .appending(path: "hub-home-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: home) }
        #expect(try HubSettings(environment: ["HF_HOME": home.path]).token == nil)
        try Data(" hf_file\n".utf8).write(to: home.appending(path: "token"))
        #expect(try HubSettings(environment: ["HF_HOME": home.path]).token == "hf_file")
        let both = ["HF_HOME": home.path, "HF_TOKEN": "hf_own"]
        #expect(try HubSettings(environment: both).token == "hf_own")
        // A line break would begin another header.
        do {
            _ = try HubSettings(environment: ["HF_TOKEN": "a\r\nX: b"])
            Issue.record("no error")
        } catch {
            #expect(!error.description.contains("X: b"))
        }
    }

    @Test func readsTheEndpointAndTheSwitch() throws {
        let plain = try HubSettings(environment: ["HOME": "/h"])
        #expect(plain.endpoint == HubSettings.defaultEndpoint && !plain.isOffline)
        let own = try HubSettings(
            environment: ["HF_ENDPOINT": "https://mirror.test:8443/hf/", "HF_HUB_OFFLINE": "yes"])
        #expect(own.endpoint == "https://mirror.test:8443/hf" && own.isOffline)
        #expect(try !HubSettings(environment: ["HF_HUB_OFFLINE": "0"]).isOffline)
        for wrong in ["mirror.test", "ftp://mirror.test", "file:///etc", "http://"] {
            #expect(throws: HubError.self) { try HubSettings(environment: ["HF_ENDPOINT": wrong]) }
        }
    }

    @Test func checksNames() throws {
        let repository = try ModelRepository("An-owner/a.model_2", revision: "refs/pr/1")
        #expect(repository.folderName == "models--An-owner--a.model_2")
        for wrong in ["", "/", "a/b/c", "../x", "a/..", "a b/c", "a--b/c", "-a/b", "a/b.", "a/é"] {
            #expect(throws: HubError.invalidRepository(wrong)) { try ModelRepository(wrong) }
        }
        for wrong in ["", "../main", "/main", "a//b", "a\nb"] {
            #expect(throws: HubError.invalidRevision(wrong)) {
                try ModelRepository("a/b", revision: wrong)
            }
        }
    }

    /// By `git hash-object --stdin`, at the lengths where the padding changes.
    @Test(arguments: [
        (0, "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"),
        (3, "7c4a013e52c76442ab80ee5572399a30373600a2"),
        (47, "5e3bf7e629b4908cce461530c17a64365cb47303"),
        (48, "12d42395b020f44bb7710113b31f688d0ebeda7c"),
        (1000, "a50be72b20f0e3f078d252e8e56b11b4bec67509"),
    ])
    func hashesAsGit(count: Int, expected: String) {
        var hash = GitBlobHash(byteCount: count)
        let bytes = [UInt8](repeating: 97, count: count)
        bytes.prefix(count / 3).withUnsafeBytes { hash.update($0) }
        bytes.dropFirst(count / 3).withUnsafeBytes { hash.update($0) }
        #expect(hash.finish() == expected)
    }
}
