extension ScenePainter {
    private var sea: Ink { Ink(0.13, 0.47, 0.66) }

    func paintOcean() {
        beginLayer(parallax: 0.25)
        forEachTile(width: 44, parallax: 0.25, margin: 14) { index, x in
            guard noise.unit(350, index) < 0.6 else { return }
            canvas.ellipse(
                x + 20, 36, noise.value(351, index, in: 9...15), noise.value(352, index, in: 3...6))
            canvas.fill(light.land(Ink(0.42, 0.55, 0.50), haze: 0.45, snow: 0.4))
        }
        canvas.rectangle(-1, 35, 66, 30)
        canvas.fill([
            (35, seaInk(0.34)), (52, seaInk(0.05)),
        ])
        paintGlints(y: 37...39, parallax: 0.25, salt: 360, lightness: 0.5)
        paintWave(y: 41, parallax: 0.5, salt: 370, lightness: 0.12)
        if !scene.subject.isLandVehicle {
            paintWave(y: 47, parallax: 1, salt: 380, lightness: -0.06)
        }
    }

    /// The crest in front of a sailboat's hull.
    func paintNearSea() {
        paintWave(y: 54, parallax: 1, salt: 390, lightness: -0.2)
    }

    /// A band of water with a scalloped upper edge and a light crest, down to the bottom.
    private func paintWave(y: Double, parallax: Double, salt: UInt64, lightness: Double) {
        beginLayer(parallax: parallax)
        let points = ridge(
            cell: 7, parallax: parallax, salt: salt, peaks: (y - 1)...(y - 0.3),
            valleys: (y + 0.8)...(y + 1.4))
        traceRidge(points, bottom: 66, isRounded: true)
        canvas.fill(seaInk(lightness + 0.2))
        canvas.transformed(0, 1.5) {
            traceRidge(points, bottom: 66, isRounded: true)
            canvas.fill([(y, seaInk(lightness)), (y + 14, seaInk(lightness - 0.12))])
        }
        paintGlints(
            y: (y + 4)...(y + 5), parallax: parallax, salt: salt + 5,
            lightness: parallax < 1 ? 0.25 : 0.6, height: parallax < 1 ? 1 : 1.7)
    }

    private func paintGlints(
        y: ClosedRange<Double>, parallax: Double, salt: UInt64, lightness: Double,
        height: Double = 1
    ) {
        forEachTile(width: 19, parallax: parallax, margin: 4) { index, x in
            let length = noise.value(salt, index, in: 5...9)
            canvas.roundedRectangle(
                x + noise.value(salt + 1, index, in: 0...9),
                noise.value(salt + 2, index, in: y), length, height, radius: height / 2)
            canvas.fill(seaInk(lightness))
        }
    }

    /// Water: lighter towards the colour of the sky, darker towards the deep.
    private func seaInk(_ lightness: Double) -> Ink {
        let water = light.land(sea, snow: 0.12)
        return lightness >= 0
            ? water.mixed(with: light.sky[1].ink.mixed(with: .white, 0.2), lightness)
            : water.times(1 + lightness)
    }
}
