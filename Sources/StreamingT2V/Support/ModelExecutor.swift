import Foundation

/// Runs an actor on a thread of its own.
///
/// A denoising step would block the shared pool for seconds, and LibTorch keeps inference mode, device and stream per
/// thread. Give an actor one of these through `unownedExecutor`.
public final class ModelExecutor: SerialExecutor {
    private let queue = Queue()

    /// What the executor and its thread share; the thread does not keep the executor alive.
    ///
    /// `@unchecked Sendable`: both mutable properties are touched under the condition's lock only.
    private final class Queue: @unchecked Sendable {
        private let condition = NSCondition()
        private var jobs: [(job: UnownedJob, executor: UnownedSerialExecutor)] = []
        private var isStopping = false

        func append(_ job: UnownedJob, for executor: UnownedSerialExecutor) {
            condition.withLock { jobs.append((job, executor)) }
            condition.signal()
        }

        func stop() {
            condition.withLock { isStopping = true }
            condition.signal()
        }

        func run() {
            ModelExecutor.takeProcessPriority()
            while true {
                condition.lock()
                while jobs.isEmpty && !isStopping { condition.wait() }
                guard !jobs.isEmpty else {
                    condition.unlock()
                    return
                }
                let (job, executor) = jobs.removeFirst()
                condition.unlock()
                job.runSynchronously(on: executor)
            }
        }
    }

    /// Lets what `nice` asked for count again on this thread: Dispatch sets its own threads, and so those that they start, to
    /// niceness 0.
    package static func takeProcessPriority() {
        #if os(Linux)
        let kind = __priority_which_t(PRIO_PROCESS.rawValue)
        // The process as a thread: the first one, which keeps what it was started with.
        setpriority(kind, 0, getpriority(kind, id_t(getpid())))
        #endif
    }

    /// Starts the thread.
    public init(name: String) {
        let thread = Thread { [queue] in queue.run() }
        thread.stackSize = 64 << 20
        thread.start()
        thread.name = name  // on Linux a name given before the start does not reach the system
    }

    deinit {
        queue.stop()
    }

    /// Appends a job; called by the Swift runtime.
    public func enqueue(_ job: consuming ExecutorJob) {
        queue.append(UnownedJob(job), for: asUnownedSerialExecutor())
    }

    /// The form that actors hand to the runtime.
    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }
}
