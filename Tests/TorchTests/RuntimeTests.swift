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
    #endif

    @Test func version() {
        #expect(Runtime.version.hasPrefix("2."))
    }
}
