/// The weather of the scene.
public enum Weather: String, Codable, CaseIterable, Sendable, Hashable {
    case clear, snow
}
