import CCurl
import Foundation

/// One request to one address, and its answer, by libcurl.
///
/// Lives on the thread that calls ``run(_:)``; libcurl calls back on that thread only.
final class Exchange {
    /// What the head of an answer leads to.
    enum Verdict {
        /// The body is wanted.
        case body
        /// The body is skipped, and the request goes to another address.
        case redirect(URL)
    }

    /// All headers of one answer together, in bytes; more is refused.
    private static let headLimit = 1 << 18

    private let handle: UnsafeMutableRawPointer
    private let address: String
    private let onHead: (Int, [String: String]) throws -> Verdict
    private let onBody: (Data) throws -> Void
    private var headers: [String: String] = [:]
    private var headLength = 0
    /// Set once the head is complete; header lines after that are trailers.
    private var verdict: Verdict?
    private var failure: (any Error)?

    /// Once per process, before any other call.
    private static let isReady: Bool = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

    /// - Parameters:
    ///   - headers: in the form `Name: value`.
    ///   - onHead: called once with the status and the headers by lower-case name; an error ends the exchange.
    ///   - onBody: called with the pieces of the body in order; an error ends the exchange.
    init(
        _ address: String, isHead: Bool, headers: [String],
        onHead: @escaping (Int, [String: String]) throws -> Verdict,
        onBody: @escaping (Data) throws -> Void
    ) throws {
        guard Self.isReady, let handle = curl_easy_init() else {
            throw HubError.unreachable(address: address, reason: "libcurl does not start")
        }
        self.handle = handle
        self.address = address
        self.onHead = onHead
        self.onBody = onBody
        st_curl_set_text(handle, CURLOPT_URL, address)
        st_curl_set_long(handle, CURLOPT_NOBODY, isHead ? 1 : 0)
        // Signals belong to the program; a broken connection is an error of the call.
        st_curl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        st_curl_set_long(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        st_curl_set_long(handle, CURLOPT_BUFFERSIZE, 1 << 18)
        list = headers.reduce(nil) { curl_slist_append($0, $1) }
        st_curl_set_headers(handle, list)
        st_curl_set_callbacks(
            handle,
            { bytes, size, count, context in
                Exchange.received(bytes, size * count, context) { try $0.header($1) }
            },
            { bytes, size, count, context in
                Exchange.received(bytes, size * count, context) { try $0.body($1) }
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    private let list: UnsafeMutablePointer<curl_slist>?

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(list)
    }

    /// Waits for the answer.
    ///
    /// - Parameters:
    ///   - connections: its `curl_multi_wakeup` ends the wait for the network early.
    ///   - check: called at least once a second and after each wake-up; an error ends the exchange, otherwise it returns
    ///     the seconds after which it wants to be called again.
    /// - Throws: what the closures throw; `PassingFailure`.
    func run(on connections: UnsafeMutableRawPointer, check: () throws -> Double) throws -> Verdict
    {
        curl_multi_add_handle(connections, handle)
        defer { curl_multi_remove_handle(connections, handle) }
        while true {
            var running: Int32 = 0
            let result = curl_multi_perform(connections, &running)
            if let failure { throw failure }
            if case .redirect? = verdict { break }
            let wait = try check()
            guard result == CURLM_OK else {
                throw broken(String(cString: curl_multi_strerror(result)))
            }
            guard running > 0 else {
                try checkResult(connections)
                break
            }
            curl_multi_poll(connections, nil, 0, Int32(min(max(wait, 0.001), 1) * 1000), nil)
        }
        guard let verdict else { throw broken("no answer") }
        return verdict
    }

    private func checkResult(_ connections: UnsafeMutableRawPointer) throws {
        var count: Int32 = 0
        while let message = curl_multi_info_read(connections, &count) {
            let code = message.pointee.data.result
            guard message.pointee.msg == CURLMSG_DONE, code != CURLE_OK else { continue }
            throw broken(Self.reason(code))
        }
    }

    private func broken(_ reason: String) -> PassingFailure {
        PassingFailure(error: .unreachable(address: address, reason: reason))
    }

    private static func reason(_ code: CURLcode) -> String {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST: "no such host"
        case CURLE_COULDNT_CONNECT: "no connection to the host"
        case CURLE_OPERATION_TIMEDOUT: "no answer in time"
        case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING:
            "the connection broke"
        case CURLE_PEER_FAILED_VERIFICATION:
            "the certificate of the host cannot be verified"
        default: "the connection failed (libcurl: \(String(cString: curl_easy_strerror(code))))"
        }
    }

    /// Hands bytes over; any other result than their count makes libcurl end the transfer.
    private static func received(
        _ bytes: UnsafeMutablePointer<CChar>?, _ count: Int, _ context: UnsafeMutableRawPointer?,
        _ body: (Exchange, UnsafeRawBufferPointer) throws -> Void
    ) -> Int {
        guard let context else { return 0 }
        let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
        do {
            try body(exchange, UnsafeRawBufferPointer(start: bytes, count: count))
        } catch {
            exchange.failure = error
        }
        if case .redirect? = exchange.verdict { return count }
        return exchange.failure == nil ? count : 0
    }

    /// One line of the head: the status, a header, or the empty line at the end.
    private func header(_ bytes: UnsafeRawBufferPointer) throws {
        guard verdict == nil else { return }
        headLength += bytes.count
        guard headLength <= Self.headLimit else {
            throw broken("more than \(Self.headLimit) bytes of headers")
        }
        let line = String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") { return headers = [:] }
        let text = line.trimmingCharacters(in: .whitespacesAndNewlines)
        guard text.isEmpty else {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return }
            let value = parts[1].trimmingCharacters(in: .whitespaces)
            let name = parts[0].lowercased()
            headers[name] = headers[name].map { "\($0), \(value)" } ?? value
            return
        }
        let status = st_curl_status(handle)
        // Interim answers, such as 103, have a head of their own.
        guard status >= 200 else { return }
        verdict = try onHead(status, headers)
    }

    private func body(_ bytes: UnsafeRawBufferPointer) throws {
        guard case .body? = verdict else { return }
        try onBody(Data(bytes))
    }
}
