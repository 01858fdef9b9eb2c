/// The landscape that scrolls by; the raw value is the wording of captions.
public enum Background: String, Codable, CaseIterable, Sendable, Hashable {
    case greenHills = "green hills"
    case desert, mountains, city, ocean, forest
}
