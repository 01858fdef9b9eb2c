extension ScenePainter {
    func paintMountains() {
        paintRange(
            cell: 17, parallax: 0.25, salt: 280, peaks: 14...22, valleys: 30...34,
            Ink(0.52, 0.60, 0.74), haze: 0.38)
        paintRange(
            cell: 19, parallax: 0.5, salt: 290, peaks: 24...31, valleys: 39...43,
            Ink(0.42, 0.47, 0.58), haze: 0.08)
        let ridge = ridge(cell: 21, parallax: 1, salt: 300, peaks: 42...44, valleys: 46...48)
        beginLayer(parallax: 1)
        for point in ridge where noise.unit(310, point.index) < 0.7 {
            paintFir(
                point.x, point.y + 1.5, noise.value(311, point.index, in: 0.5...0.68),
                Ink(0.16, 0.36, 0.30))
        }
        fillRidge(ridge, Ink(0.38, 0.46, 0.38), haze: 0, snow: 0.45)
    }

    /// A range of pointed mountains with a shaded right flank and a cap of snow.
    private func paintRange(
        cell: Double, parallax: Double, salt: UInt64, peaks: ClosedRange<Double>,
        valleys: ClosedRange<Double>, _ rock: Ink, haze: Double
    ) {
        beginLayer(parallax: parallax)
        let points = ridge(
            cell: cell, parallax: parallax, salt: salt, peaks: peaks, valleys: valleys)
        traceRidge(points, bottom: 52, isRounded: false)
        canvas.fill(light.land(rock, haze: haze, snow: 0.3))
        for (point, next) in zip(points, points.dropFirst()) where point.isPeak {
            canvas.polygon(
                (point.x, point.y), (next.x, next.y), (next.x, 52), (point.x + 2, 52),
                (point.x - 1.5, point.y + 9))
            canvas.fill(light.land(rock.times(0.80), haze: haze, snow: 0.3))
        }
        let cap = light.land(Ink(0.97, 0.98, 1), haze: haze * 0.6, snow: 0)
        for (index, point) in points.enumerated() where point.isPeak {
            guard index > 0, index + 1 < points.count else { continue }
            let share = 0.36
            let left = points[index - 1]
            let right = points[index + 1]
            let (lx, ly) = (
                point.x + (left.x - point.x) * share, point.y + (left.y - point.y) * share
            )
            let (rx, ry) = (
                point.x + (right.x - point.x) * share, point.y + (right.y - point.y) * share
            )
            canvas.polygon(
                (point.x, point.y), (rx, ry), (point.x + (rx - point.x) * 0.35, ry - 1.5),
                (point.x, max(ly, ry) + 0.5), (point.x + (lx - point.x) * 0.4, ly - 1.5), (lx, ly))
            canvas.fill(cap)
        }
    }
}
