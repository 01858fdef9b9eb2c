import Foundation

/// A failure that may pass by itself, so that another attempt is worthwhile.
struct PassingFailure: Error {
    /// The error to report when no attempt remains.
    let error: HubError
    /// Seconds that the hub asks to wait; 0 if it does not.
    var pause = 0.0
}

/// The head of an answer, after all redirects.
struct Answer: Sendable {
    let status: Int
    /// Headers by lower-case name.
    ///
    /// Where the first redirect had one of the same name, it is the redirect's: there the hub speaks, and not the store
    /// that it redirects to.
    let hubHeaders: [String: String]
    /// Headers of the last answer, by lower-case name.
    let headers: [String: String]

    /// The name of the contents, without quotes: that of the store's file by the hub, else the hub's `ETag`.
    var entityTag: String? {
        let tag = hubHeaders["x-linked-etag"] ?? hubHeaders["etag"]
        return tag.map { String($0.trimmingPrefix("W/")).trimmingCharacters(in: ["\""]) }
    }

    /// Bytes of the whole file, of which this may be a part.
    var fileLength: Int? {
        if status == 206, let range = headers["content-range"] {
            return range.split(separator: "/").last.flatMap(Self.length)
        }
        return headers["content-length"].flatMap(Self.length)
    }

    private static func length(_ text: some StringProtocol) -> Int? {
        Int(text).flatMap { RepositoryFile.sizes.contains($0) ? $0 : nil }
    }

    /// Seconds that the hub asks to wait before the next attempt; 0 for none, a date, or no number.
    var retryPause: Double {
        let seconds = headers["retry-after"].flatMap { Double($0) } ?? 0
        return seconds.isFinite ? max(seconds, 0) : 0
    }

    /// Position of the first byte that follows.
    var firstByte: Int? {
        guard status == 206 else { return 0 }
        return headers["content-range"]?.split { $0 == " " || $0 == "-" }.dropFirst().first
            .flatMap(Self.length)
    }
}
