import Foundation

extension ScenePainter {
    /// Draws the subject and the shadow or light that belongs to it.
    ///
    /// - Returns: The number of the subject's layer.
    func paintSubject() -> Int {
        let pose = scene.pose(frame: frame)
        let next = scene.pose(frame: frame + 1)
        if scene.subject.isLandVehicle {
            let reach = (scene.subject.extent.maxX - 1) * pose.scale
            canvas.ellipse(pose.position.x, pose.position.y + 0.2, reach, 1.2)
            canvas.fill(Ink(0, 0, 0.05, 0.3))
        }
        let flow = next.position - pose.position
        if scene.subject == .train {
            let drift = smokeDrift * pose.scale / Double(Self.smokePeriod)
            canvas.beginLayer(flow: flow - SIMD2(scene.direction.sign * drift.x, drift.y))
            atSubject(pose) { paintSmoke() }
        }
        let layer = canvas.beginLayer(flow: flow)
        atSubject(pose) {
            switch scene.subject {
            case .car: paintCar()
            case .bus: paintBus()
            case .train: paintTrain()
            case .sailboat: paintSailboat()
            case .balloon: paintBalloon()
            case .bird: paintBird()
            }
        }
        return layer
    }

    /// Draws around the subject's anchor, facing right; the picture faces as the scene says.
    private func atSubject(_ pose: SubjectPose, _ draw: () -> Void) {
        canvas.transformed(
            pose.position.x, pose.position.y, scaleX: scene.direction.sign * pose.scale,
            scaleY: pose.scale, angle: -pose.tilt, draw)
    }

    // MARK: Materials, facing right

    /// The subject's colour.
    var paintInk: Ink { light.subject(Ink(scene.colour.rgb)) }

    /// A lighter tone of it for a second surface, still nearest to its name.
    var paleInk: Ink {
        switch scene.colour {
        case .white: light.subject(Ink(0.86, 0.87, 0.89))
        case .black: light.subject(Ink(0.24, 0.24, 0.27))
        default: light.subject(Ink(scene.colour.rgb).mixed(with: .white, 0.24))
        }
    }

    /// A darker tone of it.
    var deepInk: Ink {
        scene.colour == .white ? light.subject(Ink(0.80, 0.81, 0.84)) : paintInk.times(0.78)
    }

    /// The contour: dark around colours and white, light around black.
    var outlineInk: Ink {
        switch scene.colour {
        case .black: light.time == .night ? Ink(0.55, 0.58, 0.68) : Ink(0.52, 0.53, 0.56)
        case .white: light.time == .night ? Ink(0.30, 0.34, 0.46) : Ink(0.36, 0.40, 0.46)
        default: paintInk.times(0.58)
        }
    }

    var glassInk: Ink {
        light.time == .night ? Ink(1, 0.90, 0.60) : light.subject(Ink(0.72, 0.88, 0.96))
    }

    /// Fills the path with `ink` and draws the contour around it.
    func body(_ ink: Ink, width: Double = 0.8) {
        canvas.fill(ink, keepingPath: true)
        canvas.stroke(outlineInk, width: width)
    }

    /// A wheel that rolls with the ground: a bright hub with one spoke across.
    func paintWheel(_ x: Double, radius: Double) {
        let y = -radius
        canvas.ellipse(x, y, radius, radius)
        canvas.fill(Ink(0.09, 0.09, 0.10), keepingPath: true)
        canvas.stroke(Ink(0.32, 0.32, 0.35), width: 0.5)
        let way = abs(scene.cameraPosition(frame: frame))
        let angle = way.truncatingRemainder(dividingBy: 2 * .pi * radius) / radius
        canvas.transformed(x, y, angle: angle) {
            canvas.ellipse(0, 0, radius * 0.5, radius * 0.5)
            canvas.fill(Ink(0.70, 0.71, 0.74))
            canvas.rectangle(-radius * 0.72, -0.35, radius * 1.44, 0.7)
            canvas.fill(Ink(0.86, 0.87, 0.89))
        }
    }

    /// A head light, and its beam in the dark.
    func paintHeadlight(_ x: Double, _ y: Double) {
        if light.time == .night {
            canvas.polygon((x, y - 0.6), (x + 15, y - 2.4), (x + 15, y + 5), (x, y + 0.8))
            canvas.fill(Ink(1, 0.95, 0.70, 0.22))
        }
        canvas.ellipse(x, y, 1, 1.2)
        canvas.fill(light.time == .day ? Ink(1, 0.95, 0.70) : Ink(1, 0.97, 0.75))
    }

    /// 0 up to 1 and round again, once in `period` frames.
    func phase(period: Int, _ purpose: UInt64) -> Double {
        let value = Double(frame % period) / Double(period) + noise.unit(purpose)
        return value - value.rounded(.down)
    }
}
