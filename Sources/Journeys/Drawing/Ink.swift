/// A colour to draw with; components from 0 to 1.
struct Ink {
    var rgb: SIMD3<Double>
    var alpha = 1.0

    init(_ red: Double, _ green: Double, _ blue: Double, _ alpha: Double = 1) {
        rgb = SIMD3(red, green, blue)
        self.alpha = alpha
    }

    init(_ rgb: SIMD3<Double>) { self.rgb = rgb }

    static let white = Ink(1, 1, 1)
    static let black = Ink(0, 0, 0)

    func mixed(with other: Ink, _ share: Double) -> Ink {
        var ink = self
        ink.rgb += (other.rgb - rgb) * share
        return ink
    }

    func times(_ factor: SIMD3<Double>) -> Ink {
        var ink = self
        ink.rgb *= factor
        return ink
    }

    func times(_ factor: Double) -> Ink { times(SIMD3(repeating: factor)) }

    func opacity(_ alpha: Double) -> Ink {
        var ink = self
        ink.alpha = alpha
        return ink
    }
}
