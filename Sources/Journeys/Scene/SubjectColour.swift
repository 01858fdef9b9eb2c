/// The colour of the subject's body.
public enum SubjectColour: String, Codable, CaseIterable, Sendable, Hashable {
    case red, orange, yellow, green, blue, purple, white, black

    /// Red, green and blue in daylight, each from 0 to 1.
    public var rgb: SIMD3<Double> {
        switch self {
        case .red: SIMD3(0.87, 0.12, 0.13)
        case .orange: SIMD3(0.98, 0.50, 0.07)
        case .yellow: SIMD3(0.99, 0.86, 0.14)
        case .green: SIMD3(0.07, 0.62, 0.26)
        case .blue: SIMD3(0.13, 0.32, 0.88)
        case .purple: SIMD3(0.54, 0.18, 0.72)
        case .white: SIMD3(0.97, 0.97, 0.97)
        case .black: SIMD3(0.10, 0.10, 0.12)
        }
    }
}
