/// Does work that Ctrl-C, SIGTERM and SIGHUP cancel; a second signal ends the process.
func untilInterrupted<Result: Sendable>(
    _ body: @escaping @Sendable () async -> Result
) async -> Result {
    let work = Task { await body() }
    let watcher = InterruptWatcher { work.cancel() }
    let result = await work.value
    withExtendedLifetime(watcher) {}
    return result
}
