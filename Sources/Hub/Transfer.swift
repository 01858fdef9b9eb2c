import Foundation
import Synchronization

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// A failure that may pass by itself, so that another attempt is worth while.
struct PassingFailure: Error {
    /// What it is where no attempt is left.
    let error: HubError
    /// Seconds that the hub asks to wait; 0 if it does not.
    var pause = 0.0
}

/// The head of an answer, after all redirects.
struct Answer: Sendable {
    let status: Int
    /// Names of headers in small letters; where a redirect had one of the same name as the end, the redirect's, because
    /// there the hub speaks and not the store that it sends to.
    let hubHeaders: [String: String]
    let headers: [String: String]

    /// The name of the contents: what the hub says of the store's file, else its own `ETag`, without quotes.
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

    /// Seconds that the hub asks to wait before the next attempt; 0 for none, a date, or what is no number.
    var retryPause: Double {
        let seconds = headers["retry-after"].flatMap { Double($0) } ?? 0
        return seconds.isFinite ? max(seconds, 0) : 0
    }

    /// Number of the first byte that follows.
    var firstByte: Int? {
        guard status == 206 else { return 0 }
        return headers["content-range"]?.split { $0 == " " || $0 == "-" }.dropFirst().first
            .flatMap(Self.length)
    }
}

/// One request, whose body is handed over in pieces as they arrive.
///
/// `@unchecked Sendable`: the session's serial queue alone calls the delegate's methods; `state` is locked.
final class Transfer: NSObject, URLSessionDataDelegate, @unchecked Sendable {
    /// How long a transfer is waited for.
    enum Patience {
        /// Seconds for the whole of it.
        case deadline(Double)
        /// Lowest rate of the body in bytes per second, over each window of seconds.
        case rate(Double, window: Double)
    }

    private struct State {
        var continuation: CheckedContinuation<Answer, any Error>?
        var isCancelled = false
        var failure: (any Error)?
        /// Bytes of the body that arrived.
        var received = 0
    }

    private let request: URLRequest
    private let endpoint: String
    private let patience: Patience
    private let onAnswer: (Answer) throws -> Void
    private let onData: (Data) throws -> Void
    private var redirectHeaders: [String: String] = [:]
    private var answer: Answer?
    private let state = Mutex(State())
    /// Held while a closure works, so that none does once ``run()`` has ended, and while the task is cancelled or
    /// redirected: URLSession traps on a redirect whose task was cancelled since it asked.
    private let work = Mutex(())
    private var redirects = 0

    /// The most redirects that are followed.
    private static let redirectLimit = 10

    /// - Parameters:
    ///   - request: may have an `Authorization`, which goes to `endpoint` only.
    ///   - patience: when the transfer is given up, with a `PassingFailure`.
    ///   - onAnswer: called once, before the body; an error ends the transfer.
    ///   - onData: called with the pieces of the body in order; an error ends the transfer.
    init(
        _ request: URLRequest, endpoint: String, patience: Patience,
        onAnswer: @escaping (Answer) throws -> Void, onData: @escaping (Data) throws -> Void
    ) {
        self.request = request
        self.endpoint = endpoint
        self.patience = patience
        self.onAnswer = onAnswer
        self.onData = onData
    }

    /// Waits for the end of the transfer.
    ///
    /// - Throws: what the closures throw; `PassingFailure`; `CancellationError`.
    func run() async throws -> Answer {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.urlCache = nil
        configuration.timeoutIntervalForRequest = 60  // without a byte
        let session = URLSession(configuration: configuration, delegate: self, delegateQueue: nil)
        defer { session.finishTasksAndInvalidate() }
        let task = session.dataTask(with: request)
        let watch = Task { try await self.watch(task) }
        defer { watch.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    if !state.isCancelled { state.continuation = continuation }
                    return state.isCancelled
                }
                if isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else {
                    task.resume()
                }
            }
        } onCancel: {
            work.withLock { _ in
                let hasBegun = state.withLock { state in
                    state.isCancelled = true
                    return state.continuation != nil
                }
                if hasBegun { task.cancel() }
            }
        }
    }

    /// Gives the transfer up when it takes too long.
    private func watch(_ task: URLSessionTask) async throws {
        let reason: String
        switch patience {
        case .deadline(let seconds):
            try await Task.sleep(for: .seconds(seconds))
            reason = "no whole answer within \(seconds) seconds"
        case .rate(let rate, let window):
            var before = 0
            while true {
                try await Task.sleep(for: .seconds(window))
                let now = state.withLock { $0.received }
                if Double(now - before) < rate * window { break }
                before = now
            }
            reason = "less than \(rate) bytes per second arrived over \(window) seconds"
        }
        let failure = PassingFailure(
            error: .unreachable(address: request.url?.absoluteString ?? "", reason: reason))
        // The task may take long to notice that it is cancelled, so only the closures are waited for.
        work.withLock { _ in
            state.withLock { $0.failure = $0.failure ?? failure }
            task.cancel()
        }
        let (continuation, error) = state.withLock { state in
            defer { state.continuation = nil }
            return (state.continuation, state.failure)
        }
        continuation?.resume(throwing: error ?? failure)
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask,
        willPerformHTTPRedirection response: HTTPURLResponse, newRequest: URLRequest,
        completionHandler: @escaping (URLRequest?) -> Void
    ) {
        if redirectHeaders.isEmpty { redirectHeaders = Self.headers(of: response) }
        attempt(task) {
            redirects += 1
            guard redirects <= Self.redirectLimit else {
                throw HubError.invalidAnswer(
                    address: request.url?.absoluteString ?? "",
                    reason: "more than \(Self.redirectLimit) redirects")
            }
            completionHandler(redirected(newRequest, from: response.url))
        }
    }

    /// The request that follows a redirect; `nil` where it leads away from HTTP, or from HTTPS.
    private func redirected(_ request: URLRequest, from source: URL?) -> URLRequest? {
        guard let target = request.url, ["http", "https"].contains(target.scheme ?? ""),
            target.scheme == "https" || source?.scheme == "http"
        else { return nil }
        var next = request
        let home = URL(string: endpoint)
        if target.host() != home?.host() || target.port != home?.port
            || target.scheme != home?.scheme
        {
            next.setValue(nil, forHTTPHeaderField: "Authorization")
        }
        return next
    }

    func urlSession(
        _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
        completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
    ) {
        if let response = response as? HTTPURLResponse, answer == nil {
            let headers = Self.headers(of: response)
            let head = Answer(
                status: response.statusCode,
                hubHeaders: headers.merging(redirectHeaders) { $1 }, headers: headers)
            answer = head
            attempt(dataTask) { try onAnswer(head) }
        }
        completionHandler(.allow)
    }

    func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
        state.withLock { $0.received += data.count }
        attempt(dataTask) { try onData(data) }
    }

    func urlSession(
        _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
    ) {
        let (continuation, failure, isCancelled) = state.withLock { state in
            defer { state.continuation = nil }
            return (state.continuation, state.failure, state.isCancelled)
        }
        if let failure {
            continuation?.resume(throwing: failure)
        } else if isCancelled {
            continuation?.resume(throwing: CancellationError())
        } else if let answer, error == nil {
            continuation?.resume(returning: answer)
        } else {
            let reason = error.map(Self.reason) ?? "no answer"
            continuation?.resume(
                throwing: PassingFailure(
                    error: .unreachable(address: request.url?.absoluteString ?? "", reason: reason)
                ))
        }
    }

    /// Does something with what arrived, unless the transfer is given up; a failure ends it.
    private func attempt(_ task: URLSessionTask, _ body: () throws -> Void) {
        work.withLock { _ in
            guard state.withLock({ $0.failure == nil && !$0.isCancelled }) else { return }
            do {
                try body()
            } catch {
                state.withLock { $0.failure = error }
                task.cancel()
            }
        }
    }

    private static func reason(_ error: any Error) -> String {
        switch (error as? URLError)?.code {
        case .cannotFindHost?: "no such host"
        case .cannotConnectToHost?: "no connection to the host"
        case .timedOut?: "no answer in time"
        case .networkConnectionLost?: "the connection broke"
        case .httpTooManyRedirects?: "too many redirects"
        case let code?: "the connection failed (code \(code.rawValue))"
        case nil: error.localizedDescription
        }
    }

    private static func headers(of response: HTTPURLResponse) -> [String: String] {
        var headers: [String: String] = [:]
        for (name, value) in response.allHeaderFields {
            headers["\(name)".lowercased()] = "\(value)"
        }
        return headers
    }
}
