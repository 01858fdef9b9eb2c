import CCurl
import Foundation
import Synchronization

/// A request that follows redirects, and whose body is handed over in pieces as they arrive.
///
/// `@unchecked Sendable`: one thread runs it; others only cancel it, through `isCancelled` and libcurl's wake-up, which
/// may be called from any thread.
final class Transfer: @unchecked Sendable {
    /// What is asked for.
    struct Request: Sendable {
        let url: URL
        var isHead = false
        /// Which bytes; `nil` for all.
        var range: Range<Int>?
        /// Proof of who asks; sent to the endpoint only.
        var token: String?
    }

    /// How long a transfer is waited for.
    enum Patience {
        /// Seconds for the whole of it.
        case deadline(Double)
        /// Lowest rate of the body in bytes per second, over each window of seconds.
        case rate(Double, window: Double)
    }

    private let request: Request
    private let endpoint: URL?
    private let patience: Patience
    private let onAnswer: (Answer) throws -> Void
    private let onData: (Data) throws -> Void
    private let connections = curl_multi_init()
    private let isCancelled = Atomic(false)

    private var answer: Answer?
    private var redirectHeaders: [String: String] = [:]
    /// Bytes of the body that arrived, and those that had at the start of the window.
    private var received = 0
    private var receivedBefore = 0
    private var windowStart = ContinuousClock.now

    /// The most redirects that are followed.
    private static let redirectLimit = 10
    /// Transfers wait for the network on threads of this queue, not on Swift's.
    private static let queue = DispatchQueue(label: "hub transfers", attributes: .concurrent)

    /// - Parameters:
    ///   - endpoint: the only place that the token is sent to.
    ///   - patience: when the transfer is given up, with a `PassingFailure`.
    ///   - onAnswer: called once, before the body; an error ends the transfer.
    ///   - onData: called with the pieces of the body in order, while the network waits; an error ends the transfer.
    init(
        _ request: Request, endpoint: String, patience: Patience,
        onAnswer: @escaping (Answer) throws -> Void, onData: @escaping (Data) throws -> Void
    ) {
        self.request = request
        self.endpoint = URL(string: endpoint)
        self.patience = patience
        self.onAnswer = onAnswer
        self.onData = onData
    }

    deinit { curl_multi_cleanup(connections) }

    /// Waits for the end of the transfer.
    ///
    /// - Throws: what the closures throw; `PassingFailure`; `CancellationError`.
    func run() async throws -> Answer {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                Self.queue.async { continuation.resume(with: Result { try self.perform() }) }
            }
        } onCancel: {
            isCancelled.store(true, ordering: .releasing)
            if let connections { curl_multi_wakeup(connections) }
        }
    }

    private func perform() throws -> Answer {
        guard let connections else {
            throw unreachable("libcurl does not start")
        }
        windowStart = .now
        var url = request.url
        for _ in 0...Self.redirectLimit {
            let exchange = try Exchange(
                url.absoluteString, isHead: request.isHead, headers: headers(for: url),
                onHead: { try self.head($0, $1, from: url) },
                onBody: {
                    self.received += $0.count
                    try self.onData($0)
                })
            switch try exchange.run(on: connections, check: check) {
            case .redirect(let target): url = target
            case .body:
                guard let answer else { throw unreachable("no answer") }
                return answer
            }
        }
        throw HubError.invalidAnswer(
            address: request.url.absoluteString,
            reason: "more than \(Self.redirectLimit) redirects")
    }

    private func head(
        _ status: Int, _ headers: [String: String], from url: URL
    ) throws -> Exchange.Verdict {
        if let target = redirect(status, headers["location"], from: url) {
            if redirectHeaders.isEmpty { redirectHeaders = headers }
            return .redirect(target)
        }
        let answer = Answer(
            status: status, hubHeaders: headers.merging(redirectHeaders) { $1 }, headers: headers)
        self.answer = answer
        try onAnswer(answer)
        return .body
    }

    /// Where a redirect leads; `nil` for another answer, and where it leads away from HTTP, or from HTTPS.
    private func redirect(_ status: Int, _ location: String?, from url: URL) -> URL? {
        guard [301, 302, 303, 307, 308].contains(status), let location,
            let target = URL(string: location, relativeTo: url)?.absoluteURL,
            target.scheme == "https" || (target.scheme == "http" && url.scheme == "http")
        else { return nil }
        return target
    }

    private func headers(for url: URL) -> [String] {
        // A compressed body would have another length than the file.
        var headers = ["Accept-Encoding: identity", "User-Agent: streamingt2v"]
        if let range = request.range {
            headers.append("Range: bytes=\(range.lowerBound)-\(range.upperBound - 1)")
        }
        let isHome =
            url.host() == endpoint?.host() && url.port == endpoint?.port
            && url.scheme == endpoint?.scheme
        if isHome, let token = request.token { headers.append("Authorization: Bearer \(token)") }
        return headers
    }

    /// Ends the transfer when it was cancelled or takes too long.
    ///
    /// - Returns: seconds until the patience is looked at again.
    private func check() throws -> Double {
        if isCancelled.load(ordering: .acquiring) { throw CancellationError() }
        let passed = (ContinuousClock.now - windowStart) / .seconds(1)
        switch patience {
        case .deadline(let seconds):
            guard passed < seconds else {
                throw unreachable("no whole answer within \(seconds) seconds")
            }
            return seconds - passed
        case .rate(let rate, let window):
            guard passed >= window else { return window - passed }
            guard Double(received - receivedBefore) >= rate * passed else {
                throw unreachable(
                    "less than \(rate) bytes per second arrived over \(window) seconds")
            }
            windowStart = .now
            receivedBefore = received
            return window
        }
    }

    private func unreachable(_ reason: String) -> PassingFailure {
        PassingFailure(
            error: .unreachable(address: request.url.absoluteString, reason: reason))
    }
}
