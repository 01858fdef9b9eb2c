import Foundation
import Testing
import Torch
import TorchNN

@Suite struct LeakTests {
    #if os(Linux)
    /// Memory in use, in bytes.
    static func resident() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .ascii)
            .split(separator: " ")
        return try #require(Int(fields[1])) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// The requirement: 5,000 passes forward and backward at constant memory.
    @Test func fiveThousandPassesAtConstantMemory() async {
        await #expect(processExitsWith: .success) {
            Runtime.start(threads: 1)
            let network = SmallNetwork()
            try network.initialize(seed: 1)
            try network.setTrainable(true)
            let images = try RandomGenerator(seed: 2).normal([2, 3, 8, 8], .data).channelsLast()
            let parameters = network.parameters().map(\.parameter)
            func pass() throws {
                try network(images).squared().mean().backward()
                for parameter in parameters { try parameter.value.setGradient(nil) }
            }
            try network(images).squared().mean().backward()
            for parameter in parameters { #expect(try parameter.value.gradient() != nil) }
            for _ in 0..<500 { try pass() }
            let tensors = Runtime.liveTensors
            let memory = try Self.resident()
            #expect(tensors == 7, "six parameters and the images")
            for index in 1...5000 {
                try pass()
                guard index % 500 == 0 else { continue }
                #expect(Runtime.liveTensors == tensors)
                #expect(try Self.resident() - memory < 2 << 20)
            }
        }
    }

    @Test func errorsAndPreparedLayersLeakNothing() async {
        await #expect(processExitsWith: .success) {
            Runtime.start(threads: 1)
            let images = try RandomGenerator(seed: 2).normal([2, 3, 8, 8], .data)
            let wrong = try Tensor.zeros([2, 5, 8, 8])
            let start = Runtime.liveTensors
            func pass() throws {
                let network = SmallNetwork()
                try network.initialize(seed: 1)
                try network.prepare(for: .inference())
                _ = try network(images)
                #expect(throws: TensorError.self) { try network(wrong) }
            }
            for _ in 0..<100 { try pass() }
            let memory = try Self.resident()
            for _ in 0..<400 { try pass() }
            #expect(Runtime.liveTensors == start)
            #expect(try Self.resident() - memory < 2 << 20)
        }
    }
    #endif
}
