import Foundation

/// Where the subject is drawn, in world units (64 to the picture's width).
struct SubjectPose {
    /// The anchor: centre of the wheels' line, the water line, or the middle of the body.
    var position: SIMD2<Double>
    /// Size relative to the drawing.
    var scale: Double
    /// Rotation in radians; positive lifts the front.
    var tilt: Double
}

extension Scene {
    /// The width and height of the picture in world units.
    static let worldSize = 64.0

    var noise: HashNoise { HashNoise(seed: layoutSeed) }

    /// Camera position in world units of the nearest layer.
    ///
    /// Exact: the speeds are powers of two.
    func cameraPosition(frame: Int) -> Double {
        direction.sign * speed.pixelsPerFrame * Double(frame)
    }

    func pose(frame: Int) -> SubjectPose {
        let wave = { (period: Int, purpose: UInt64) in
            // The remainder keeps the angle small, so that it is exact at any frame.
            sin(2 * .pi * (Double(frame % period) / Double(period) + self.noise.unit(purpose)))
        }
        let bob = wave(subject.bobPeriod, 101)
        let height =
            subject.restingHeight + noise.value(102, in: subject.heightJitter)
            + bob * subject.bobHeight
        let x = 32 + noise.value(103, in: -3...3) + 0.7 * wave(64, 104)
        let rock = subject == .sailboat || subject == .balloon ? 0.04 * wave(40, 105) : 0
        let lean = subject == .balloon ? -0.08 : 0
        return SubjectPose(
            position: SIMD2(x, height), scale: noise.value(106, in: 0.93...1.07),
            tilt: rock + lean)
    }

    /// What is known about a frame.
    ///
    /// - Parameters:
    ///   - frame: Index from 0.
    ///   - size: Width and height of the picture, in pixels.
    public func groundTruth(frame: Int, size: Int) -> FrameTruth {
        let unit = Double(size) / Self.worldSize  // pixels per world unit
        let pose = pose(frame: frame)
        let extent = subject.extent
        let angle = -pose.tilt  // the y axis points down
        let corners = [extent.minX, extent.maxX].flatMap { x in
            [extent.minY, extent.maxY].map { y in
                SIMD2(
                    direction.sign * (x * cos(angle) - y * sin(angle)),
                    x * sin(angle) + y * cos(angle))
            }
        }
        let xs = corners.map { (pose.position.x + pose.scale * $0.x) * unit }
        let ys = corners.map { (pose.position.y + pose.scale * $0.y) * unit }
        let left = xs.reduce(.infinity, min)
        let top = ys.reduce(.infinity, min)
        return FrameTruth(
            cameraOffset: cameraPosition(frame: frame) * unit,
            subjectBox: .init(
                x: left, y: top, width: xs.reduce(-.infinity, max) - left,
                height: ys.reduce(-.infinity, max) - top))
    }
}

extension Subject {
    /// The drawing's bounds around its anchor, facing right, in world units.
    var extent: (minX: Double, minY: Double, maxX: Double, maxY: Double) {
        switch self {
        case .car: (-16.2, -14.7, 16.3, 0.3)
        case .bus: (-17.2, -17.3, 17.3, 0.3)
        case .train: (-24.1, -16.8, 23.4, 0.3)
        case .sailboat: (-13.4, -25.6, 14.6, 3.2)
        case .balloon: (-15.5, -13, 10.3, 17.6)
        case .bird: (-13.6, -12.4, 13.2, 8.6)
        }
    }

    var restingHeight: Double {
        switch self {
        case .car, .bus: 57.5
        case .train: 57.2
        case .sailboat: 48.5
        case .balloon: 21.5
        case .bird: 23
        }
    }

    var heightJitter: ClosedRange<Double> {
        switch self {
        case .car, .bus, .train: -0.5...0.5
        case .sailboat: -1...1.5
        case .balloon: -3...4
        case .bird: -4...5
        }
    }

    /// Frames of one up and down.
    var bobPeriod: Int {
        switch self {
        case .car: 10
        case .bus: 12
        case .train: 14
        case .sailboat: 24
        case .balloon: 48
        case .bird: 24
        }
    }

    var bobHeight: Double {
        switch self {
        case .car, .bus, .train: 0.35
        case .sailboat: 0.9
        case .balloon: 1.8
        case .bird: 1.4
        }
    }
}
