import Foundation
import TestSupport
import Testing

@testable import Hub

/// Damaged answers of a hub are refused or read.
@Suite struct HubMutationTests {
    @Test func lists() throws {
        let hash = String(repeating: "ab", count: 32)
        let text = """
            {"sha": "\(TestHub.commit)", "siblings": [
             {"rfilename": "config.json", "size": 12, "blobId": "\(TestHub.commit)"},
             {"rfilename": "unet/w.bin", "size": 5000000000, "blobId": "\(TestHub.commit)",
              "lfs": {"sha256": "\(hash)", "size": 5000000000, "pointerSize": 134}},
             {"rfilename": "c"}]}
            """
        let tally = try MutationTally(of: text.utf8) {
            $0 is HubError
        } _: { bytes in
            let listing = try RepositoryListing.decode(Data(bytes), address: "hub")
            for file in listing.siblings {
                #expect(RepositoryFile.problem(ofPath: file.rfilename) == nil)
                #expect(RepositoryFile.sizes.contains(file.lfs?.size ?? file.size ?? 0))
            }
        }
        #expect(tally.read > 0 && tally.refused > tally.read && tally.slowest < .seconds(2))
    }

    @Test func headers() throws {
        let names = ["content-length", "content-range", "retry-after", "x-linked-etag"]
        let values = ["5000", "bytes 0-99/5000", "12", "W/\"\(TestHub.commit)\""]
        let text = values.joined(separator: "\n")
        _ = try MutationTally(of: text.utf8) { _ in
            false
        } _: { bytes in
            let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\n")
            let headers = Dictionary(
                zip(names, lines).map { ($0, $1) }, uniquingKeysWith: { first, _ in first })
            for status in [200, 206] {
                let answer = Answer(status: status, hubHeaders: headers, headers: headers)
                #expect(answer.retryPause >= 0 && answer.retryPause.isFinite)
                #expect((answer.fileLength ?? 0) >= 0 && (answer.firstByte ?? 0) >= 0)
                _ = answer.entityTag
            }
        }
    }

    @Test func allFilesOfAListFitIntoANumber() {
        let largest = RepositoryListing.countLimit * RepositoryFile.sizes.upperBound
        #expect(largest > 0 && largest < Int.max)
    }
}
