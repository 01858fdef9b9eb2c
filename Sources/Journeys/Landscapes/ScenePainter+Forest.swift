extension ScenePainter {
    func paintForest() {
        beginLayer(parallax: 0.25)
        forEachTile(width: 8, parallax: 0.25, margin: 6) { index, x in
            let top = noise.value(400, index, in: 22...27)
            canvas.ellipse(x + 4, top + 8, 6.5, 8)
            canvas.rectangle(x - 1, top + 8, 10, 50 - top)
            canvas.fill(light.land(Ink(0.32, 0.55, 0.42), haze: 0.42, snow: 0.3))
        }
        beginLayer(parallax: 0.5)
        let middle = Ink(0.15, 0.42, 0.29)
        canvas.rectangle(-1, 42, 66, 10)
        canvas.fill(light.land(middle.times(0.8), haze: 0.12, snow: 0.25))
        forEachTile(width: 10, parallax: 0.5, margin: 7) { index, x in
            paintFir(
                x + noise.value(410, index, in: 3...7), 46,
                noise.value(411, index, in: 1.05...1.35), middle, haze: 0.12)
        }
        beginLayer(parallax: 1)
        canvas.rectangle(-1, 47.5, 66, 4)
        canvas.fill(light.land(Ink(0.12, 0.33, 0.16), snow: 0.45))
        forEachTile(width: 15, parallax: 1, margin: 7) { index, x in
            let place = x + noise.value(420, index, in: 4...11)
            if noise.unit(421, index) < 0.5 {
                paintFir(
                    place, 51, noise.value(422, index, in: 1.15...1.4), Ink(0.10, 0.36, 0.20))
            } else {
                paintRoundTree(
                    place, 51, noise.value(422, index, in: 1.3...1.65), Ink(0.20, 0.44, 0.15))
            }
        }
    }
}
