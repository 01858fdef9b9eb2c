/// Which scenes may be sampled.
public enum Split: String, Codable, CaseIterable, Sendable, Hashable {
    /// Only scenes without a held-out pair.
    case training
    /// Only scenes with a held-out pair, for measuring composition.
    case heldOut
    /// Every possible scene.
    case all
}
