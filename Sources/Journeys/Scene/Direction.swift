/// Where the subject faces and travels; the background moves the other way.
public enum Direction: String, Codable, CaseIterable, Sendable, Hashable {
    case left, right

    /// −1 for left, +1 for right: the camera's motion along the x axis, which points right.
    public var sign: Double { self == .left ? -1 : 1 }
}
