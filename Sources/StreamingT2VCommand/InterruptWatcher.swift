import Foundation

/// Calls a closure at Ctrl-C (SIGINT) or SIGTERM instead of ending the process; a second Ctrl-C ends it.
final class InterruptWatcher {
    private let sources: [any DispatchSourceSignal]

    init(_ action: @escaping @Sendable () -> Void) {
        sources = [SIGINT, SIGTERM].map { number in
            #if !os(Linux)
            signal(number, SIG_IGN)  // Dispatch only looks on there
            #endif
            // On Linux Dispatch sets its own handler a little later; a signal before it must not be lost.
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                signal(SIGINT, SIG_DFL)
                action()
            }
            source.resume()
            return source
        }
    }

    deinit {
        for source in sources { source.cancel() }
        signal(SIGINT, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
    }
}
