extension ScenePainter {
    func paintGreenHills() {
        let far = Ink(0.45, 0.68, 0.50)
        let middle = Ink(0.44, 0.72, 0.32)
        let near = Ink(0.36, 0.64, 0.22)
        paintHill(
            cell: 26, parallax: 0.25, salt: 200, peaks: 27...31, valleys: 35...37, far, haze: 0.4)
        paintHill(
            cell: 22, parallax: 0.5, salt: 210, peaks: 33...37, valleys: 41...44, middle, haze: 0.12
        )
        let ridge = ridge(cell: 24, parallax: 1, salt: 220, peaks: 40...43, valleys: 46...49)
        beginLayer(parallax: 1)
        for point in ridge where noise.unit(230, point.index) < 0.6 {
            paintRoundTree(
                point.x, point.y + 1.5, noise.value(231, point.index, in: 0.8...1.15),
                Ink(0.17, 0.47, 0.20))
        }
        fillRidge(ridge, near, haze: 0, snow: 0.45)
    }

    /// A layer of rounded hills, lighter along the top.
    func paintHill(
        cell: Double, parallax: Double, salt: UInt64, peaks: ClosedRange<Double>,
        valleys: ClosedRange<Double>, _ ink: Ink, haze: Double
    ) {
        beginLayer(parallax: parallax)
        let points = ridge(
            cell: cell, parallax: parallax, salt: salt, peaks: peaks, valleys: valleys)
        fillRidge(points, ink, haze: haze, snow: 0.45)
    }

    func fillRidge(_ points: [RidgePoint], _ ink: Ink, haze: Double, snow: Double) {
        guard let top = points.map(\.y).min() else { return }
        traceRidge(points, bottom: 52, isRounded: true)
        canvas.fill([
            (top, light.land(ink.mixed(with: .white, 0.14), haze: haze, snow: snow)),
            (52, light.land(ink.times(0.86), haze: haze, snow: snow)),
        ])
    }

    /// A tree with a round crown, its foot at (`x`, `y`).
    func paintRoundTree(_ x: Double, _ y: Double, _ scale: Double, _ crown: Ink) {
        canvas.transformed(x, y, scaleX: scale, scaleY: scale) {
            canvas.rectangle(-0.7, -4, 1.4, 4.5)
            canvas.fill(light.land(Ink(0.42, 0.28, 0.17), snow: 0))
            canvas.ellipse(0, -6.5, 3.4, 3.8)
            canvas.fill(light.land(crown, snow: 0.35))
            canvas.ellipse(-0.7, -7.6, 2.1, 2.1)
            canvas.fill(light.land(crown.mixed(with: Ink(0.75, 0.9, 0.4), 0.3), snow: 0.7))
        }
    }

    /// A fir of two tiers, its foot at (`x`, `y`).
    func paintFir(_ x: Double, _ y: Double, _ scale: Double, _ ink: Ink, haze: Double = 0) {
        canvas.transformed(x, y, scaleX: scale, scaleY: scale) {
            canvas.rectangle(-0.8, -3, 1.6, 3.5)
            canvas.fill(light.land(Ink(0.36, 0.25, 0.16), haze: haze, snow: 0))
            canvas.polygon((-4.4, -2), (4.4, -2), (0, -11))
            canvas.fill(light.land(ink.times(0.88), haze: haze, snow: 0.3))
            canvas.polygon((-3.5, -7.5), (3.5, -7.5), (0, -15.5))
            canvas.fill(light.land(ink.mixed(with: .white, 0.06), haze: haze, snow: 0.65))
        }
    }
}
