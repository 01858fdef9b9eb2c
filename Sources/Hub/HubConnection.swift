import Foundation

/// Requests to the hub about one repository: their addresses, their statuses, further attempts.
struct HubConnection: Sendable {
    /// Failures in a row without ``worthwhile`` bytes between them after which an error is final.
    static let attempts = 5
    /// Bytes that count as getting further.
    static let worthwhile = 1 << 20

    let settings: HubSettings
    let repository: ModelRepository

    /// Lists a revision's files.
    func listing() async throws -> RepositoryListing {
        let revision = Self.escaped(repository.revision, keeping: "")
        let address =
            "\(settings.endpoint)/api/models/\(repository.id)/revision/\(revision)?blobs=true"
        let data = try await persistently { try await body(of: address) }
        return try RepositoryListing.decode(data, address: address)
    }

    /// Asks for what the list does not tell of a file.
    ///
    /// - Returns: the name of the contents, and their length in bytes.
    func head(_ path: String, commit: String) async throws -> (blob: String, size: Int) {
        let address = address(of: path, commit: commit)
        let answer = try await persistently {
            try await send(request(address, isHead: true), patience: answerPatience) {
                try check($0, address: address, path: path)
            } onData: { _ in
            }
        }
        guard let blob = answer.entityTag, (1...128).contains(blob.utf8.count),
            blob.utf8.allSatisfy({
                (48...57).contains($0) || (97...122).contains($0 | 32) || $0 == 45
            })
        else {
            throw HubError.invalidAnswer(address: address, reason: "no usable ETag")
        }
        let size = answer.hubHeaders["x-linked-size"].map { Int($0) } ?? answer.fileLength
        guard let size, RepositoryFile.sizes.contains(size) else {
            throw HubError.invalidAnswer(
                address: address,
                reason: "no length from 0 to \(RepositoryFile.sizes.upperBound) bytes")
        }
        return (blob, size)
    }

    /// Fetches bytes of a file.
    ///
    /// - Parameter range: which ones; `nil` for all.
    func fetch(
        _ path: String, commit: String, range: Range<Int>?,
        onAnswer: @escaping (Answer) throws -> Void, onData: @escaping (Data) throws -> Void
    ) async throws {
        let address = address(of: path, commit: commit)
        let request = try request(address, range: range)
        let patience = Transfer.Patience.rate(settings.lowestRate, window: settings.rateWindow)
        _ = try await send(request, patience: patience) { answer in
            try check(answer, address: address, path: path)
            try onAnswer(answer)
        } onData: {
            try onData($0)
        }
    }

    /// Repeats what fails for a while, with pauses that grow.
    ///
    /// - Parameter position: how far the work is, in bytes; a failure after ``worthwhile`` more begins a new count.
    func persistently<Result>(
        position: () -> Int = { 0 }, _ body: () async throws -> Result
    ) async throws -> Result {
        var failures = 0
        while true {
            let start = position()
            do {
                return try await body()
            } catch let failure as PassingFailure {
                failures = position() - start >= Self.worthwhile ? 1 : failures + 1
                guard failures < Self.attempts else { throw failure.error }
                let pause = settings.firstPause * Double(1 << (failures - 1))
                try await Task.sleep(for: .seconds(min(max(failure.pause, pause), 60)))
            }
        }
    }

    private func body(of address: String) async throws -> Data {
        let collected = Collected()
        _ = try await send(request(address), patience: answerPatience) {
            try check($0, address: address, path: nil)
        } onData: {
            guard collected.data.count + $0.count <= RepositoryListing.lengthLimit else {
                throw HubError.invalidAnswer(
                    address: address,
                    reason: "more than \(RepositoryListing.lengthLimit) bytes")
            }
            collected.data += $0
        }
        return collected.data
    }

    private var answerPatience: Transfer.Patience { .deadline(settings.answerDeadline) }

    private func send(
        _ request: Transfer.Request, patience: Transfer.Patience,
        onAnswer: @escaping (Answer) throws -> Void, onData: @escaping (Data) throws -> Void
    ) async throws -> Answer {
        let transfer = Transfer(
            request, endpoint: settings.endpoint, patience: patience, onAnswer: onAnswer,
            onData: onData)
        return try await transfer.run()
    }

    private func request(
        _ address: String, isHead: Bool = false, range: Range<Int>? = nil
    ) throws -> Transfer.Request {
        guard let url = URL(string: address) else {
            throw HubError.invalidAnswer(address: address, reason: "it is no address")
        }
        return Transfer.Request(url: url, isHead: isHead, range: range, token: settings.token)
    }

    private func check(_ answer: Answer, address: String, path: String?) throws {
        switch answer.status {
        case 200, 206: return
        case 401, 403:
            throw HubError.notAuthorized(
                repository: repository.id, status: answer.status, hasToken: settings.token != nil)
        case 404:
            throw path.map { HubError.fileNotFound(path: $0, repository: repository.id) }
                ?? .repositoryNotFound(repository: repository.id, revision: repository.revision)
        case 408, 429, 500...599:
            throw PassingFailure(
                error: .refused(address: address, status: answer.status),
                pause: answer.retryPause)
        default: throw HubError.refused(address: address, status: answer.status)
        }
    }

    private func address(of path: String, commit: String) -> String {
        "\(settings.endpoint)/\(repository.id)/resolve/\(commit)/\(Self.escaped(path, keeping: "/"))"
    }

    private static func escaped(_ text: String, keeping kept: String) -> String {
        var result = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            let isPlain =
                (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "-._~".unicodeScalars.contains(scalar) || kept.unicodeScalars.contains(scalar)
            let digits = String(byte, radix: 16, uppercase: true)
            result += isPlain ? String(Character(scalar)) : "%" + (byte < 16 ? "0" : "") + digits
        }
        return result
    }
}

/// The body of a short answer.
///
/// `@unchecked Sendable`: the transfer's thread adds to it; it is read once the transfer has ended.
private final class Collected: @unchecked Sendable {
    var data = Data()
}
