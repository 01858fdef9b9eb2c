import Foundation

/// How this process treats signals.
package enum Signals {
    /// Whether a signal is ignored, as SIGHUP by `nohup`.
    package static func isIgnored(_ number: Int32) -> Bool {
        handler(of: number) == unsafeBitCast(SIG_IGN, to: Int.self)
    }

    /// Whether a signal does what it does by default.
    package static func isDefault(_ number: Int32) -> Bool { handler(of: number) == 0 }

    /// Makes a write to a pipe that nobody reads an error of that write, unless the program handles it already.
    package static let brokenPipesAreErrors: Void = {
        if isDefault(SIGPIPE) { signal(SIGPIPE, SIG_IGN) }
    }()

    private static func handler(of number: Int32) -> Int {
        var current = sigaction()
        sigaction(number, nil, &current)
        #if canImport(Glibc)
        return unsafeBitCast(current.__sigaction_handler.sa_handler, to: Int.self)
        #else
        return unsafeBitCast(current.__sigaction_u.__sa_handler, to: Int.self)
        #endif
    }
}
