import Foundation

/// How many damaged files each reader is given: 20,000, or what `ST2V_MUTATIONS` says.
let mutationCount =
    ProcessInfo.processInfo.environment["ST2V_MUTATIONS"].flatMap { Int($0) } ?? 20_000

/// A small generator of random numbers that a seed repeats (SplitMix64 by Sebastiano Vigna).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return bits ^ bits >> 31
    }
}
