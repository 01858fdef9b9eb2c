/// How fast the camera travels with the subject.
public enum Speed: String, Codable, CaseIterable, Sendable, Hashable {
    case slow, normal, fast

    /// Motion of the nearest background layer, in pixels per frame at 64 px.
    public var pixelsPerFrame: Double {
        switch self {
        case .slow: 0.5
        case .normal: 1
        case .fast: 2
        }
    }
}
