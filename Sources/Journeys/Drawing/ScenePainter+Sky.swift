extension ScenePainter {
    func paintSky() {
        canvas.beginLayer(flow: .zero)
        canvas.rectangle(-1, -1, 66, 66)
        canvas.fill(light.sky)
        if light.time == .night { paintStars() }
        paintSunOrMoon()
        beginLayer(parallax: 0.125)
        forEachTile(width: 36, parallax: 0.125, margin: 12) { index, x in
            guard noise.unit(3, index) < 0.75 else { return }
            paintCloud(
                x + noise.value(4, index, in: 8...26), noise.value(5, index, in: 6...16),
                noise.value(6, index, in: 0.8...1.25))
        }
    }

    private func paintStars() {
        for star in 0..<7 {
            let x = (Double(star) + noise.value(7, star, in: 0.1...0.9)) * Scene.worldSize / 7
            canvas.ellipse(x, noise.value(8, star, in: 2...24), 0.55, 0.55)
            canvas.fill(Ink(0.9, 0.93, 1).opacity(light.isSnowing ? 0.5 : 0.85))
        }
    }

    private func paintSunOrMoon() {
        let isLeft = noise.unit(1) < 0.5
        let x = isLeft ? noise.value(2, in: 8...17) : noise.value(2, in: 47...56)
        let veil = light.isSnowing ? 0.35 : 0.0
        switch light.time {
        case .day:
            let y = noise.value(9, in: 8...12)
            canvas.glow(x, y, radius: 11, Ink(1, 0.97, 0.75, 0.7 - veil))
            canvas.ellipse(x, y, 4.6, 4.6)
            canvas.fill(Ink(1, 0.92, 0.45).mixed(with: light.horizon, veil))
        case .sunset:
            let y = noise.value(9, in: 24...28)
            canvas.glow(x, y, radius: 17, Ink(1, 0.8, 0.4, 0.75 - veil))
            canvas.ellipse(x, y, 6.2, 6.2)
            canvas.fill(Ink(1, 0.55, 0.22).mixed(with: light.horizon, veil))
        case .night:
            let y = noise.value(9, in: 8...12)
            canvas.glow(x, y, radius: 11, Ink(0.65, 0.72, 1, 0.35))
            canvas.ellipse(x, y, 4.4, 4.4)
            canvas.fill(Ink(0.95, 0.94, 0.85).mixed(with: light.horizon, veil))
            canvas.ellipse(x + 1.2, y + 0.9, 1.3, 1.2)
            canvas.fill(Ink(0.84, 0.84, 0.78).mixed(with: light.horizon, veil))
        }
    }

    private func paintCloud(_ x: Double, _ y: Double, _ scale: Double) {
        let (body, shade): (Ink, Ink) =
            switch light.time {
            case .day: (Ink(1, 1, 1), Ink(0.84, 0.90, 0.97))
            case .sunset: (Ink(0.99, 0.72, 0.62), Ink(0.80, 0.47, 0.55))
            case .night: (Ink(0.22, 0.26, 0.42), Ink(0.16, 0.19, 0.34))
            }
        let cover = light.sky[0].ink
        canvas.transformed(x, y, scaleX: scale, scaleY: scale) {
            for (lift, ink) in [(0.9, shade), (0.0, body)] {
                canvas.ellipse(-4.6, 0.4 + lift, 3.4, 2.5)
                canvas.ellipse(0, -1 + lift, 4.2, 3.6)
                canvas.ellipse(4.8, 0.5 + lift, 3.5, 2.4)
                canvas.fill(light.isSnowing ? ink.mixed(with: cover, 0.35) : ink)
            }
        }
    }
}
