extension ScenePainter {
    func paintDesert() {
        beginLayer(parallax: 0.25)
        forEachTile(width: 34, parallax: 0.25, margin: 8) { index, x in
            guard noise.unit(240, index) < 0.8 else { return }
            let height = noise.value(241, index, in: 7...13)
            let width = noise.value(242, index, in: 13...21)
            paintMesa(x + noise.value(243, index, in: 2...10), width, height)
        }
        paintDune(
            cell: 27, parallax: 0.5, salt: 250, peaks: 34...38, valleys: 41...43,
            Ink(0.92, 0.72, 0.42), haze: 0.1)
        let ridge = ridge(cell: 23, parallax: 1, salt: 260, peaks: 41...44, valleys: 46...49)
        beginLayer(parallax: 1)
        for point in ridge where point.isPeak && noise.unit(270, point.index) < 0.75 {
            paintCactus(point.x, point.y + 1.5, noise.value(271, point.index, in: 0.85...1.2))
        }
        fillRidge(ridge, Ink(0.86, 0.62, 0.31), haze: 0, snow: 0.4)
    }

    private func paintDune(
        cell: Double, parallax: Double, salt: UInt64, peaks: ClosedRange<Double>,
        valleys: ClosedRange<Double>, _ ink: Ink, haze: Double
    ) {
        beginLayer(parallax: parallax)
        let points = ridge(
            cell: cell, parallax: parallax, salt: salt, peaks: peaks, valleys: valleys)
        fillRidge(points, ink, haze: haze, snow: 0.4)
    }

    private func paintMesa(_ x: Double, _ width: Double, _ height: Double) {
        let base = 44.0
        let top = 39 - height
        let slope = 2.6
        canvas.polygon(
            (x, base), (x + slope, top), (x + width - slope, top), (x + width, base))
        canvas.fill(light.land(Ink(0.78, 0.42, 0.28), haze: 0.25, snow: 0.25))
        canvas.polygon(
            (x + width * 0.62, base), (x + width * 0.66, top), (x + width - slope, top),
            (x + width, base))
        canvas.fill(light.land(Ink(0.64, 0.33, 0.24), haze: 0.25, snow: 0.25))
        if light.isSnowing {
            canvas.polygon(
                (x + slope - 0.8, top + 1.6), (x + slope, top), (x + width - slope, top),
                (x + width - slope + 0.8, top + 1.6))
            canvas.fill(light.land(Ink(0.9, 0.85, 0.85), haze: 0.15, snow: 0.9))
        }
    }

    private func paintCactus(_ x: Double, _ y: Double, _ scale: Double) {
        let ink = light.land(Ink(0.22, 0.50, 0.26), snow: 0.25)
        canvas.transformed(x, y, scaleX: scale, scaleY: scale) {
            canvas.roundedRectangle(-1.2, -10, 2.4, 11, radius: 1.2)
            canvas.fill(ink)
            canvas.move(0, -3.5)
            canvas.line(-3.2, -3.5)
            canvas.line(-3.2, -6.8)
            canvas.stroke(ink, width: 1.7)
            canvas.move(0, -5)
            canvas.line(3.2, -5)
            canvas.line(3.2, -8.2)
            canvas.stroke(ink, width: 1.7)
        }
    }
}
