import Checkpoints
import Foundation
import TestSupport
import Testing

/// Conversion takes the same memory whatever the checkpoint has.
@Suite struct ConversionMemoryTests {
    /// A file of zeros in float32, 256 MiB that take no room on the disk; a tensor of 8 MiB and buffers come into memory.
    @Test func memoryDoesNotGrowWithTheCheckpoint() async {
        await #expect(processExitsWith: .success) {
            let scratch = try Scratch()
            let (tensors, elements) = (32, 2 << 20)
            let size = elements * 4
            let members = (0..<tensors).map { index in
                #""t\#(index)":{"dtype":"F32","shape":[\#(elements)],"#
                    + #""data_offsets":[\#(index * size),\#((index + 1) * size)]}"#
            }
            let header = Data("{\(members.joined(separator: ","))}".utf8)
            let length = withUnsafeBytes(of: UInt64(header.count).littleEndian) { Data($0) }
            let input = scratch.url("zeros.safetensors")
            try (length + header).write(to: input)
            #expect(truncate(input.path, off_t(8 + header.count + tensors * size)) == 0)
            let conversion = try CheckpointConversion(
                of: openCheckpoint(input), type: .bfloat16, shardByteCount: 1 << 40)
            let before = try #require(peakMemory())
            let report = try conversion.write(to: scratch.url("out"))
            #expect(report.outputBytes == tensors * size / 2)
            let after = try #require(peakMemory())
            #expect(after - before < 48 << 20, "\(after - before) bytes more")
        }
    }
}

/// The most bytes that were ever resident in this process.
private func peakMemory() -> Int? {
    let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = text?.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    let number = line?.split { $0 == " " || $0 == "\t" }.dropFirst().first
    return number.flatMap { Int($0) }.map { $0 << 10 }
}
