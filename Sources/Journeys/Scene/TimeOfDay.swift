/// The light of the scene.
public enum TimeOfDay: String, Codable, CaseIterable, Sendable, Hashable {
    case day, sunset, night
}
