import Foundation
import StreamingT2V
import Synchronization
import Testing

@Suite struct ModelExecutorTests {
    /// Notes where its jobs run.
    private actor Probe {
        private let executor: ModelExecutor
        private var order: [Int] = []

        nonisolated var unownedExecutor: UnownedSerialExecutor {
            executor.asUnownedSerialExecutor()
        }

        init(name: String) { executor = ModelExecutor(name: name) }

        /// Where the system describes the running thread, and the thread's name.
        func thread() -> (path: String, name: String) {
            (currentThread(), currentThreadName())
        }

        func append(_ number: Int) { order.append(number) }

        /// Starts jobs on this actor one after the other and returns the order in which they ran.
        func runJobs(_ count: Int) async -> [Int] {
            order = []
            let tasks = (0..<count).map { number in
                Task(priority: number % 2 == 0 ? .high : .low) { self.append(number) }
            }
            #expect(order.isEmpty)  // this job has the thread
            for task in tasks { await task.value }
            return order
        }

        /// Blocks the thread until `count` jobs are at this place, or 60 s.
        func meet(_ count: Int, at place: Meeting) -> Bool {
            place.arrived.withLock { $0 += 1 }
            for _ in 0..<6000 {
                if place.arrived.withLock({ $0 }) == count { return true }
                usleep(10_000)
            }
            return false
        }
    }

    @Test func jobsRunOnOneNamedThread() async throws {
        let probe = Probe(name: "probe-one")
        let first = await probe.thread()
        #expect(first.name == "probe-one")
        #expect(first.path != currentThread())
        for _ in 0..<50 {
            #expect(await probe.thread().path == first.path)
            await Task.yield()
        }
        let elsewhere = await withTaskGroup(of: String.self) { group in
            for _ in 0..<50 { group.addTask { await probe.thread().path } }
            return await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(elsewhere == [first.path])
        let other = Probe(name: "probe-two")
        #expect(await other.thread().path != first.path)
    }

    @Test func jobsRunInOrder() async {
        let probe = Probe(name: "probe-order")
        for _ in 0..<10 { #expect(await probe.runJobs(200) == Array(0..<200)) }
    }

    /// Long jobs block their own threads, not the shared pool, which has one per core.
    @Test func longJobsLeaveThePoolFree() async {
        let place = Meeting()
        let count = 4 * ProcessInfo.processInfo.activeProcessorCount
        let met = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<count {
                let probe = Probe(name: "probe-\(number)")
                group.addTask { await probe.meet(count, at: place) }
            }
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(met == Array(repeating: true, count: count))
    }

    @Test func threadEndsWithItsActor() async throws {
        var threads: [String] = []
        for _ in 0..<3 {
            let probe = Probe(name: "probe-gone")
            _ = await probe.runJobs(10)
            threads.append(await probe.thread().path)
        }
        #expect(threads.allSatisfy { $0.hasPrefix("/proc/") })
        func remaining() -> [String] {
            threads.filter { FileManager.default.fileExists(atPath: $0) }
        }
        for _ in 0..<1000 where !remaining().isEmpty {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(remaining().isEmpty)
    }

    @Test func generatorRunsOnItsThread() async throws {
        let generator = try VideoGenerator(model: SharedModel.folder())
        let log = NameLog()
        _ = try await generator.frames(.tiny(frames: 24)) { _ in log.note() }
        #expect(log.names == Array(repeating: "generator", count: 4))
    }
}

/// How many jobs have come together.
private final class Meeting: Sendable {
    let arrived = Mutex(0)
}

/// Names of the threads that a callback ran on.
private final class NameLog: Sendable {
    private let entries = Mutex<[String]>([])

    var names: [String] { entries.withLock { $0 } }

    func note() { entries.withLock { $0.append(currentThreadName()) } }
}

/// Where the system describes the running thread.
private func currentThread() -> String {
    let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/thread-self")
    return "/proc/" + (target ?? "")
}

/// The running thread's name as the system knows it.
private func currentThreadName() -> String {
    let text = try? String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
    return text?.trimmingCharacters(in: .newlines) ?? ""
}
