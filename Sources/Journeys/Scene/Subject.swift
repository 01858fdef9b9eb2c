/// What travels in the middle of the picture.
public enum Subject: String, Codable, CaseIterable, Sendable, Hashable {
    case car, bus, train, sailboat, balloon, bird

    /// Whether the subject needs firm ground: a road, or rails.
    public var isLandVehicle: Bool { self == .car || self == .bus || self == .train }

    /// The backgrounds the subject can travel past: sailboats need the ocean.
    public var backgrounds: [Background] { self == .sailboat ? [.ocean] : Background.allCases }
}
