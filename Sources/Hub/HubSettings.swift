public import Foundation
import Foundations

/// Where the hub is, where its files are kept, and who asks.
///
/// Source: the variables of huggingface_hub, "Environment variables" in its documentation.
public struct HubSettings: Sendable {
    /// The hub's address where `HF_ENDPOINT` names no other.
    static let defaultEndpoint = "https://huggingface.co"

    /// The hub's address, without a slash at the end.
    public let endpoint: String
    /// The folder that holds one folder per repository.
    public let cacheFolder: URL
    /// What is sent as proof of who asks; to ``endpoint`` only.
    public let token: String?
    /// Whether only the cache may be looked at.
    public let isOffline: Bool
    /// Seconds before the first new attempt after a broken connection; each later pause is twice as long.
    var firstPause = 1.0
    /// Seconds that a list or the head of a file may take as a whole.
    var answerDeadline = 120.0
    /// Seconds over which the rate of a file is looked at, from the request on.
    var rateWindow = 60.0
    /// Bytes per second below which a file counts as not arriving.
    var lowestRate = 1024.0

    /// Reads the variables that huggingface_hub reads.
    ///
    /// - Parameter environment: `HF_ENDPOINT`; `HF_HUB_CACHE`, else `hub` in `HF_HOME`, else in `huggingface` in
    ///   `XDG_CACHE_HOME`, else in `~/.cache/huggingface`; `HF_TOKEN`, else the file `HF_TOKEN_PATH`, else the file
    ///   `token` in `HF_HOME`; `HF_HUB_OFFLINE`. An empty one counts as unset.
    /// - Throws: `HubError.invalidSetting` for an address that is none.
    public init(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(HubError) {
        func value(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        let user = value("HOME") ?? NSHomeDirectory()
        func folder(_ path: String) -> URL {
            let isInHome = path == "~" || path.hasPrefix("~/")
            return URL(fileURLWithPath: isInHome ? user + path.dropFirst() : path)
        }
        let caches = folder(value("XDG_CACHE_HOME") ?? "~/.cache")
        let home = value("HF_HOME").map(folder) ?? caches.appending(path: "huggingface")
        cacheFolder = value("HF_HUB_CACHE").map(folder) ?? home.appending(path: "hub")
        let tokenFile = value("HF_TOKEN_PATH").map(folder) ?? home.appending(path: "token")
        let text =
            value("HF_TOKEN")
            ?? (try? BoundedFile.contents(of: tokenFile, limit: 1 << 16))
            .flatMap { String(data: $0, encoding: .utf8) }
        let trimmed = text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        guard trimmed.unicodeScalars.allSatisfy({ (0x21...0x7E).contains($0.value) }) else {
            throw .invalidSetting(
                variable: "HF_TOKEN", value: "(not shown)", expected: "a token of visible ASCII")
        }
        token = trimmed.isEmpty ? nil : trimmed
        isOffline = ["1", "ON", "YES", "TRUE"].contains(
            (value("HF_HUB_OFFLINE") ?? "").uppercased())

        let address = (value("HF_ENDPOINT") ?? Self.defaultEndpoint).withoutTrailingSlashes
        guard let url = URL(string: address), ["http", "https"].contains(url.scheme ?? ""),
            url.host()?.isEmpty == false
        else {
            throw .invalidSetting(
                variable: "HF_ENDPOINT", value: address, expected: "an http(s) address")
        }
        endpoint = address
    }
}
