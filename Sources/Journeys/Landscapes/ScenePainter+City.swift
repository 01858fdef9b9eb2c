extension ScenePainter {
    func paintCity() {
        beginLayer(parallax: 0.25)
        forEachTile(width: 11, parallax: 0.25, margin: 3) { index, x in
            let top = noise.value(320, index, in: 17...31)
            canvas.rectangle(x, top, noise.value(321, index, in: 8...11.5), 52 - top)
            canvas.fill(light.land(Ink(0.60, 0.64, 0.74), haze: 0.5, snow: 0.2))
        }
        beginLayer(parallax: 0.5)
        forEachTile(width: 13, parallax: 0.5, margin: 3) { index, x in
            let top = noise.value(330, index, in: 25...37)
            let width = noise.value(331, index, in: 9...12)
            canvas.rectangle(x, top, width, 52 - top)
            canvas.fill(light.land(Ink(0.48, 0.51, 0.63), haze: 0.2, snow: 0.2))
            paintRoof(x, top, width, haze: 0.2)
        }
        beginLayer(parallax: 1)
        forEachTile(width: 16, parallax: 1, margin: 2) { index, x in
            if noise.unit(340, index) < 0.2 {
                paintRoundTree(x + 7, 51, 1, Ink(0.22, 0.48, 0.24))
            } else {
                paintHouse(index, x)
            }
        }
    }

    private func paintRoof(_ x: Double, _ top: Double, _ width: Double, haze: Double) {
        guard light.isSnowing else { return }
        canvas.rectangle(x, top, width, 1.5)
        canvas.fill(light.land(Ink(0.9, 0.93, 0.97), haze: haze, snow: 0.8))
    }

    private func paintHouse(_ index: Int, _ x: Double) {
        let walls = [
            Ink(0.70, 0.45, 0.38), Ink(0.76, 0.66, 0.52), Ink(0.46, 0.55, 0.66),
            Ink(0.55, 0.50, 0.60), Ink(0.42, 0.58, 0.58),
        ]
        let wall = walls[Int(noise.unit(341, index) * Double(walls.count))]
        let top = noise.value(342, index, in: 30...41)
        let width = noise.value(343, index, in: 11.5...14.5)
        canvas.rectangle(x, top, width, 52 - top)
        canvas.fill(light.land(wall, snow: 0.15))
        canvas.rectangle(x + width - 2, top, 2, 52 - top)
        canvas.fill(light.land(wall.times(0.8), snow: 0.15))
        paintRoof(x, top, width, haze: 0)
        let glass = light.land(wall.mixed(with: Ink(0.82, 0.92, 1), 0.55), snow: 0)
        var row = 0
        while top + 3 + Double(row) * 5.5 < 47 {
            for column in 0..<2 {
                let isLit = noise.unit(344, (index &* 16 &+ row) &* 2 &+ column) < 0.6
                let lamp: Ink? =
                    switch light.time {
                    case .day: nil
                    case .sunset: isLit ? Ink(1, 0.80, 0.45) : nil
                    case .night: isLit ? Ink(0.98, 0.82, 0.42) : nil
                    }
                canvas.rectangle(
                    x + width * (column == 0 ? 0.16 : 0.50), top + 3 + Double(row) * 5.5, 2.8, 3)
                canvas.fill(lamp ?? glass)
            }
            row += 1
        }
    }
}
