/// Calls a closure at the first SIGINT (Ctrl-C), SIGTERM or SIGHUP; a second one ends the process.
///
/// SIGQUIT ends the process at once, as always.
final class InterruptWatcher: Sendable {
    private let number: Int

    init(_ action: @escaping @Sendable () -> Void) {
        number = Interrupts.shared.add(action)
    }

    deinit { Interrupts.shared.remove(number) }
}
