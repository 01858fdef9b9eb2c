import Foundation
import StreamingT2V
import Testing
import Torch

// Tensors and memory are counted for the whole process, so these run in a process of their own.
@Suite struct MemoryTests {
    /// Bytes of this process in memory.
    static func residentMemory() throws -> Int {
        let text = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        let pages = try #require(text.split(separator: " ").dropFirst().first.flatMap { Int($0) })
        return pages * sysconf(Int32(_SC_PAGESIZE))
    }

    /// Waits until a released generation has given its tensors back.
    static func waitForTensors(_ count: Int) async throws {
        for _ in 0..<200 where Runtime.liveTensors != count {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(Runtime.liveTensors == count)
    }

    @Test func endlessVideoNeedsConstantMemory() async {
        await #expect(processExitsWith: .success) {
            Runtime.start(threads: 1)
            let generator = try VideoGenerator(model: SharedModel.folder())
            let iterator = try await generator.chunks(for: .tiny(frames: nil)).makeAsyncIterator()
            var tensors: [Int] = []
            var memory: [Int] = []
            for _ in 0..<100 {
                _ = try await iterator.next()
                tensors.append(Runtime.liveTensors)
                memory.append(try MemoryTests.residentMemory())
            }
            #expect(tensors[99] == tensors[4])
            #expect(Set(tensors[4...]).count == 1, "\(tensors)")
            let growth = memory[99] - memory[19]
            #expect(growth < 4 << 20, "grew by \(growth) bytes in 80 chunks: \(memory)")
        }
    }

    @Test func generationIsForgottenWithItsIterator() async {
        await #expect(processExitsWith: .success) {
            let generator = try VideoGenerator(model: SharedModel.folder())
            try await generator.load(for: generator.prepare(.tiny(frames: 24)))
            _ = try await generator.frames(.tiny(frames: 24))
            try await Task.sleep(for: .milliseconds(100))
            let idle = Runtime.liveTensors
            do {
                let request = try await generator.prepare(.tiny(frames: nil))
                let iterators = (0..<3).map { _ in
                    generator.chunks(for: request).makeAsyncIterator()
                }
                for iterator in iterators {
                    for _ in 0..<2 { _ = try await iterator.next() }
                }
                #expect(Runtime.liveTensors > idle + 2 * iterators.count)
            }
            try await MemoryTests.waitForTensors(idle)

            // One that ends with an error, one that was never asked for anything, one left in the middle.
            _ = try? await generator.frames(.tiny { $0.prompt = "" })
            _ = try await generator.chunks(for: .tiny()).makeAsyncIterator()
            for try await _ in try await generator.chunks(for: .tiny(frames: nil)) { break }
            let cancelled = Task {
                try await generator.frames(.tiny(frames: 40)) { _ in
                    withUnsafeCurrentTask { $0?.cancel() }
                }
            }
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            try await MemoryTests.waitForTensors(idle)
        }
    }

    @Test func generatorGivesEverythingBack() async {
        await #expect(processExitsWith: .success) {
            _ = try SharedModel.folder()
            let start = Runtime.liveTensors
            for _ in 0..<2 {
                try await MemoryTests.waitForTensors(start)
                let generator = try VideoGenerator(model: SharedModel.folder())
                #expect(Runtime.liveTensors == start)  // opened, not loaded
                _ = try await generator.frames(.tiny(frames: 24))
                #expect(Runtime.liveTensors > start + 100)
            }
            try await MemoryTests.waitForTensors(start)
        }
    }
}
