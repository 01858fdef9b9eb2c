import Foundation

/// Networks of which each thread takes one for as long as it computes: where weights are changed meanwhile, or packed at
/// their first use, a network serves one thread at a time.
///
/// Unchecked: `free` is only touched under the lock.
final class NetworkPool<Network>: @unchecked Sendable {
    private let lock = NSLock()
    private var free: [Network]
    private let make: () throws -> Network

    /// - Parameters:
    ///   - first: networks to begin with.
    ///   - make: makes one more, when all are in use.
    init(_ first: [Network] = [], make: @escaping () throws -> Network) {
        (free, self.make) = (first, make)
    }

    func using<Result>(_ body: (Network) throws -> Result) throws -> Result {
        let network = try lock.withLock { free.popLast() } ?? make()
        defer { lock.withLock { free.append(network) } }
        return try body(network)
    }
}
