/// Random numbers by address instead of by order: the same key always gives the same number.
struct HashNoise: Sendable {
    let seed: UInt64

    /// 64 well-mixed bits for a purpose and a counter.
    func bits(_ purpose: UInt64, _ counter: UInt64) -> UInt64 {
        Self.mixed(Self.mixed(Self.mixed(seed) ^ purpose) ^ counter)
    }

    /// A number from 0 up to, but not, 1.
    func unit(_ purpose: UInt64, _ counter: Int = 0) -> Double {
        Double(bits(purpose, UInt64(bitPattern: Int64(counter))) >> 11) * 0x1p-53
    }

    /// A number inside `range`.
    func value(_ purpose: UInt64, _ counter: Int = 0, in range: ClosedRange<Double>) -> Double {
        range.lowerBound + unit(purpose, counter) * (range.upperBound - range.lowerBound)
    }

    /// A bijection of 64 bits in which each input bit flips about half of the output bits.
    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9e37_79b9_7f4a_7c15
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
