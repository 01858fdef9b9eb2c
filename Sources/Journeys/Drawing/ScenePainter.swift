import Foundation

/// Draws one frame of one scene on a canvas, from the sky to the snow in front.
///
/// Layers are made of tiles whose content is hash noise of the tile's index: endless, and the
/// same at any frame. Only tiles in view are drawn.
struct ScenePainter {
    let scene: Scene
    let frame: Int
    let canvas: Canvas
    let light: Light
    let noise: HashNoise

    init(_ scene: Scene, frame: Int, on canvas: Canvas) {
        self.scene = scene
        self.frame = frame
        self.canvas = canvas
        light = Light(time: scene.timeOfDay, isSnowing: scene.weather == .snow)
        noise = scene.noise
    }

    /// Draws everything.
    ///
    /// - Returns: The number of the subject's layer.
    func paint() -> Int {
        paintSky()
        switch scene.background {
        case .greenHills: paintGreenHills()
        case .desert: paintDesert()
        case .mountains: paintMountains()
        case .city: paintCity()
        case .ocean: paintOcean()
        case .forest: paintForest()
        }
        paintGround()
        let subject = paintSubject()
        if scene.subject == .sailboat { paintNearSea() }
        if scene.weather == .snow { paintSnow() }
        return subject
    }

    // MARK: Layers

    /// Starts a layer that moves `parallax` times as fast as the nearest one.
    func beginLayer(parallax: Double) {
        let step = scene.direction.sign * scene.speed.pixelsPerFrame
        canvas.beginLayer(flow: SIMD2(-step * parallax, 0))
    }

    /// Visits the tiles in view with their index and left edge.
    ///
    /// - Parameters:
    ///   - parallax: A power of two, so that offsets are exact at any frame.
    ///   - margin: How far a tile's drawing reaches beyond its edges.
    func forEachTile(
        width: Double, parallax: Double, margin: Double, _ body: (_ index: Int, _ x: Double) -> Void
    ) {
        let shift = (noise.unit(90) * 4096).rounded(.down)
        let offset = scene.cameraPosition(frame: frame) * parallax + shift
        let base = (offset / width).rounded(.down)
        let local = offset - base * width  // from 0 to width
        let before = ((margin + width) / width).rounded(.down)
        let after = ((Scene.worldSize + margin + local) / width).rounded(.down)
        for step in Int(-before)...Int(after) {
            body(Int(base) + step, Double(step) * width - local)
        }
    }

    // MARK: Ridges

    /// A corner of a ridge line: peaks at even indices, valleys at odd ones.
    struct RidgePoint {
        var index: Int
        var x: Double
        var y: Double
        var isPeak: Bool { index & 1 == 0 }
    }

    func ridge(
        cell: Double, parallax: Double, salt: UInt64, peaks: ClosedRange<Double>,
        valleys: ClosedRange<Double>
    ) -> [RidgePoint] {
        var points: [RidgePoint] = []
        forEachTile(width: cell, parallax: parallax, margin: 2 * cell) { index, x in
            let jitter = noise.value(salt, index, in: 0.2...0.8) * cell
            let range = index & 1 == 0 ? peaks : valleys
            points.append(
                RidgePoint(index: index, x: x + jitter, y: noise.value(salt + 1, index, in: range)))
        }
        return points
    }

    /// Makes the path of all below a ridge line, rounded or with straight slopes.
    func traceRidge(_ points: [RidgePoint], bottom: Double, isRounded: Bool) {
        guard let first = points.first, let last = points.last else { return }
        canvas.move(first.x, bottom)
        canvas.line(first.x, first.y)
        for (point, next) in zip(points, points.dropFirst()) {
            if isRounded {
                let reach = (next.x - point.x) * 0.45
                canvas.curve(
                    point.x + reach, point.y, next.x - reach, next.y, next.x, next.y)
            } else {
                canvas.line(next.x, next.y)
            }
        }
        canvas.line(last.x, bottom)
        canvas.close()
    }
}
