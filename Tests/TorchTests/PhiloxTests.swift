import CTorch
import Foundation
import Testing
import Torch

/// Philox 4x32-10 written a second time, in Swift, and checked with the published vectors.
private func philox(_ start: [UInt32], key: [UInt32]) -> [UInt32] {
    var c = start
    var k = key
    for _ in 0..<10 {
        let even = UInt32(0xD251_1F53).multipliedFullWidth(by: c[0])
        let odd = UInt32(0xCD9E_8D57).multipliedFullWidth(by: c[2])
        c = [odd.high ^ c[1] ^ k[0], odd.low, even.high ^ c[3] ^ k[1], even.low]
        k = [k[0] &+ 0x9E37_79B9, k[1] &+ 0xBB67_AE85]
    }
    return c
}

/// The block that the C layer must make from these 64-bit numbers.
private func block(key: UInt64, counter: UInt64) -> [UInt32] {
    philox(
        [UInt32(truncatingIfNeeded: counter), UInt32(counter >> 32), 0, 0],
        key: [UInt32(truncatingIfNeeded: key), UInt32(key >> 32)])
}

@Suite struct PhiloxTests {
    /// `kat_vectors` of Random123, the lines of `philox4x32 10`.
    @Test func knownAnswers() {
        #expect(
            philox([0, 0, 0, 0], key: [0, 0])
                == [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8])
        let ones = UInt32.max
        #expect(
            philox([ones, ones, ones, ones], key: [ones, ones])
                == [0x408F_276D, 0x41C8_3B0E, 0xA20B_C7C6, 0x6D54_51FD])
        #expect(
            philox(
                [0x243F_6A88, 0x85A3_08D3, 0x1319_8A2E, 0x0370_7344],
                key: [0xA409_3822, 0x299F_31D0])
                == [0xD16C_FE09, 0x94FD_CCEB, 0x5001_E420, 0x2412_6EA1])
    }

    private static let places: [(key: UInt64, counter: UInt64)] = [
        (0, 0), (.max, .max - 7), (0x299F_31D0_A409_3822, 0x85A3_08D3_243F_6A88),
        (1, 0xFFFF_FFFC),  // the low word of the counter overflows within the tensor
    ]

    private func numbers(
        _ make: (UnsafePointer<Int64>, Int64, UInt64, UInt64, UnsafeMutablePointer<STTensor?>) ->
            STStatus, count: Int, key: UInt64, counter: UInt64
    ) throws -> [Float] {
        var result: STTensor?
        #expect(make([Int64(count)], 1, key, counter, &result) == ST_OK)
        let tensor = try #require(result)
        defer { st_release(tensor) }
        var values = [Float](repeating: -1, count: count)
        #expect(st_copy_bytes(tensor, &values, Int64(count * 4)) == ST_OK)
        return values
    }

    @Test(arguments: places)
    func uniformIsTheTop24Bits(key: UInt64, counter: UInt64) throws {
        let actual = try numbers(st_uniform, count: 31, key: key, counter: counter)
        let bits = (0..<8).flatMap { block(key: key, counter: counter &+ UInt64($0)) }.prefix(31)
        #expect(actual == bits.map { Float($0 >> 8) / 16_777_216 })
    }

    @Test func uniformOfTheFirstVector() throws {
        let bits: [UInt32] = [0x6627_E8D5, 0xE169_C58D, 0xBC57_AC4C, 0x9B00_DBD8]
        #expect(
            try numbers(st_uniform, count: 4, key: 0, counter: 0)
                == bits.map { Float($0 >> 8) / 16_777_216 })
    }

    @Test(arguments: places)
    func normalIsBoxAndMuller(key: UInt64, counter: UInt64) throws {
        let actual = try numbers(st_normal, count: 30, key: key, counter: counter)
        let units = (0..<8).flatMap { block(key: key, counter: counter &+ UInt64($0)) }
            .map { (Double($0 >> 8) + 0.5) / 16_777_216 }
        for index in actual.indices {
            let pair = index / 2 * 2
            let radius = (-2 * log(units[pair])).squareRoot()
            let angle = 2 * Double.pi * units[pair + 1]
            let expected = radius * (index % 2 == 0 ? cos(angle) : sin(angle))
            #expect(abs(Double(actual[index]) - expected) < 3e-6, "number \(index)")
        }
    }
}
