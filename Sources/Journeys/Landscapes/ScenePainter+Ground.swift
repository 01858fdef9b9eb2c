extension ScenePainter {
    /// What lies under the subject: a road, rails, or open ground.
    ///
    /// The ocean needs it for land vehicles alone.
    func paintGround() {
        if scene.background == .ocean && !scene.subject.isLandVehicle { return }
        beginLayer(parallax: 1)
        canvas.rectangle(-1, 49.5, 66, 16)
        let verge = verge
        canvas.fill([
            (49.5, light.land(verge, snow: 0.5)), (64, light.land(verge.times(0.84), snow: 0.5)),
        ])
        if scene.background == .ocean { paintParapet() }
        if scene.subject == .train {
            paintRails()
        } else if scene.subject.isLandVehicle || scene.background == .city {
            paintRoad()
        } else {
            paintTufts()
        }
    }

    private var verge: Ink {
        switch scene.background {
        case .greenHills: Ink(0.33, 0.58, 0.22)
        case .desert: Ink(0.84, 0.64, 0.38)
        case .mountains: Ink(0.42, 0.50, 0.38)
        case .city: Ink(0.62, 0.61, 0.60)
        case .ocean: Ink(0.66, 0.60, 0.52)
        case .forest: Ink(0.20, 0.42, 0.20)
        }
    }

    private func paintRoad() {
        canvas.rectangle(-1, 52, 66, 10)
        canvas.fill(light.land(Ink(0.40, 0.41, 0.44), snow: 0.22))
        canvas.rectangle(-1, 52, 66, 0.9)
        canvas.fill(light.land(Ink(0.52, 0.52, 0.53), snow: 0.45))
        forEachTile(width: 16, parallax: 1, margin: 1) { _, x in
            canvas.roundedRectangle(x + 4, 59.2, 7, 1.3, radius: 0.6)
            canvas.fill(light.land(Ink(0.95, 0.90, 0.62), snow: 0))
        }
    }

    private func paintRails() {
        canvas.rectangle(-1, 54.5, 66, 7)
        canvas.fill(light.land(Ink(0.66, 0.61, 0.56), snow: 0.4))
        forEachTile(width: 16, parallax: 1, margin: 1) { _, x in
            canvas.rectangle(x + 5, 57.6, 6, 3.4)
            canvas.fill(light.land(Ink(0.27, 0.18, 0.13), snow: 0.1))
        }
        canvas.rectangle(-1, 57, 66, 1.1)
        canvas.fill(light.land(Ink(0.74, 0.76, 0.80), snow: 0))
    }

    private func paintParapet() {
        canvas.rectangle(-1, 48, 66, 1.6)
        canvas.fill(light.land(Ink(0.76, 0.71, 0.63), snow: 0.6))
        forEachTile(width: 12, parallax: 1, margin: 1) { _, x in
            canvas.rectangle(x + 4, 46.6, 2.6, 3.4)
            canvas.fill(light.land(Ink(0.70, 0.64, 0.56), snow: 0.45))
        }
    }

    /// Broad patches on open ground, so that its motion can be seen.
    private func paintTufts() {
        forEachTile(width: 15, parallax: 1, margin: 6) { index, x in
            let y = noise.value(431, index, in: 53...61)
            canvas.ellipse(
                x + noise.value(430, index, in: 2...13), y, noise.value(432, index, in: 3.5...6),
                1.7)
            canvas.fill(light.land(verge.times(index & 1 == 0 ? 0.58 : 1.32), snow: 0.25))
        }
    }
}
