import Foundation
import Testing
import Torch

// Settings of the process are tried in processes of their own.
@Suite struct RuntimeTests {
    @Test func threadChoiceTakesEffectOnEveryLaterThread() async {
        await #expect(processExitsWith: .success) {
            for count in [1, 2] {
                Runtime.start(threads: count)
                #expect(Runtime.threadCount == count)
                let done = DispatchSemaphore(value: 0)
                let thread = Thread {
                    #expect(Runtime.threadCount == count)
                    done.signal()
                }
                thread.start()
                done.wait()
            }
        }
    }

    @Test func startWithoutThreadsKeepsLibTorchsChoice() async {
        await #expect(processExitsWith: .success) {
            let before = Runtime.threadCount
            Runtime.start()
            #expect(Runtime.threadCount == before)
            #expect(before >= 1)
        }
    }

    #if os(Linux)
    /// Memory in use, in bytes.
    static func resident() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .ascii)
            .split(separator: " ")
        return try #require(Int(fields[1])) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// What a tensor of `size` bytes leaves behind when it is made and freed on a new thread.
    private static func kept(of size: Int) throws -> Int {
        var kept: Result<Int, any Error> = .success(0)
        let done = DispatchSemaphore(value: 0)
        withUnsafeMutablePointer(to: &kept) { pointer in
            nonisolated(unsafe) let pointer = pointer  // the thread ends before the scope
            let thread = Thread {
                pointer.pointee = Result {
                    let before = try resident()
                    do { _ = try Tensor.full([size / 4], value: 1) }
                    return try resident() - before
                }
                done.signal()
            }
            thread.start()
            done.wait()
        }
        return try kept.get()
    }

    @Test(arguments: [true, false])
    func tunedAllocatorKeepsFreedMemory(isTuned: Bool) async {
        await #expect(processExitsWith: .success) { [isTuned] in
            if isTuned { Runtime.start(threads: 1) }
            let size = 128 << 20  // more than an arena of glibc holds
            let kept = try Self.kept(of: size)
            #expect(isTuned ? kept > size * 9 / 10 : kept < size / 2, "\(kept >> 20) MiB")
        }
    }

    /// Large tensors of growing sizes between others that stay: none fits where another was, and memory must not grow with
    /// each of them.
    @Test func tensorsOfGrowingSizesNeedNoMoreThanTheyHaveAtOnce() async {
        await #expect(processExitsWith: .success) {
            Runtime.start(threads: 1)
            let before = try Self.resident()
            var kept: [Tensor] = []
            var most = 0
            for size in 16..<64 {
                let values = try Tensor.full([size << 18], value: Double(size))  // of so many MiB
                kept.append(try Tensor.full([1 << 19], value: 1))
                #expect(try values.maximum().item() == Double(size))
                most = max(most, try Self.resident() - before)
            }
            // 64 MiB and 48 times 2 MiB live at once, and 64 MiB may wait; all sizes together are 1,896 MiB.
            #expect(most < 236 << 20, "\(most >> 20) MiB")
            kept = []
            let full = try Self.resident()
            Runtime.trimMemory()
            #expect(try Self.resident() < full - (100 << 20))
        }
    }

    /// What was freed is there for the next tensor of the size, without new pages.
    @Test func memoryOfAFreedTensorIsUsedAgain() async {
        await #expect(processExitsWith: .success) {
            Runtime.start(threads: 1)
            _ = try Self.faults([10])
            // New memory would cost 20 each time, with huge pages, and thousands without.
            let found = try Self.faults(Array(repeating: 10, count: 20))
            #expect(found < 200, "\(found)")
        }
    }

    /// What is too large to wait goes to the next tensor without its end, not to the system with all its pages.
    @Test func memoryOfALargerTensorIsUsedAgain() async {
        await #expect(processExitsWith: .success) {
            Runtime.start(threads: 1)
            _ = try Self.faults([60])
            let before = try Self.resident()
            // Five times a block is a sixteenth too large; new ones would cost 480 faults, with huge pages.
            let found = try Self.faults((40..<58).reversed())
            #expect(found < 100, "\(found)")
            // 168 MiB are left of 240.
            #expect(try Self.resident() < before - (60 << 20))
        }
    }

    /// Page faults of tensors of so many million numbers, one after the other.
    private static func faults(_ sizes: [Int]) throws -> Int {
        var (before, after) = (rusage(), rusage())
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &before)
        for size in sizes { _ = try Tensor.full([size << 20], value: 1) }
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &after)
        return after.ru_minflt - before.ru_minflt
    }
    #endif

    @Test func version() {
        #expect(Runtime.version.hasPrefix("2."))
    }
}
