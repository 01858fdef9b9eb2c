import Foundation
import Foundations
import Synchronization

// What the signal handler touches: it may lock and allocate nothing.
private let firstSignal = Atomic<UInt64>(0)  // nanoseconds of the monotonic clock
private let wakeUp = Atomic<Int32>(-1)  // the end of a pipe that a thread waits at

/// The signals that ask this process to stop, and what is done at the first of them.
///
/// The handler and the waiting thread need no thread pool, so a signal acts while all pools are
/// busy or blocked.
final class Interrupts: Sendable {
    static let shared = Interrupts()

    private struct Actions {
        var nextNumber = 0
        var all: [Int: @Sendable () -> Void] = [:]
        var caught: [Int32] = []
    }

    private let actions = Mutex(Actions())

    /// Some senders repeat a signal at once (`timeout`, a shell and its terminal): one wish.
    private static let repetition: UInt64 = 200_000_000  // nanoseconds

    private init() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return }  // no descriptor: the second signal still acts
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        wakeUp.store(ends[1], ordering: .sequentiallyConsistent)
        Thread.detachNewThread { [reading = ends[0]] in
            var byte: UInt8 = 0
            while read(reading, &byte, 1) != 1 {}
            for action in Interrupts.shared.actions.withLock({ Array($0.all.values) }) { action() }
        }
    }

    /// Adds what is done at the first signal, and catches the signals from now on.
    func add(_ action: @escaping @Sendable () -> Void) -> Int {
        actions.withLock { actions in
            actions.nextNumber += 1
            actions.all[actions.nextNumber] = action
            if actions.caught.isEmpty {
                // Where SIGHUP is ignored, as by nohup, it stays so.
                actions.caught = [SIGINT, SIGTERM] + (Signals.isIgnored(SIGHUP) ? [] : [SIGHUP])
                for number in actions.caught { signal(number) { Interrupts.handle($0) } }
                // A shell's background jobs ignore SIGINT and SIGQUIT, which is meant for Ctrl-C.
                signal(SIGQUIT, SIG_DFL)
            }
            return actions.nextNumber
        }
    }

    /// Removes an action; without any, signals end the process as they do by default.
    func remove(_ number: Int) {
        actions.withLock { actions in
            actions.all[number] = nil
            guard actions.all.isEmpty else { return }
            for number in actions.caught { signal(number, SIG_DFL) }
            actions.caught = []
        }
    }

    /// The signal handler.
    private static func handle(_ number: Int32) {
        let code = errno
        defer { errno = code }
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        let now = UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        let (isFirst, first) = firstSignal.compareExchange(
            expected: 0, desired: now, ordering: .sequentiallyConsistent)
        if isFirst {
            var byte: UInt8 = 1
            write(wakeUp.load(ordering: .sequentiallyConsistent), &byte, 1)
        } else if now - first > repetition {
            signal(number, SIG_DFL)
            raise(number)  // takes effect when the handler returns
        }
    }
}
