extension ScenePainter {
    /// A car with a long bonnet in front and the cabin behind.
    func paintCar() {
        canvas.move(-9.8, -7.8)
        canvas.line(-7.4, -14.2)
        canvas.line(1.8, -14.2)
        canvas.line(6.2, -7.8)
        canvas.close()
        body(paintInk)
        canvas.polygon((-7.4, -8.8), (-6.1, -12.6), (-3.1, -12.6), (-3.1, -8.8))
        canvas.polygon((-1.7, -8.8), (-1.7, -12.6), (1.1, -12.6), (3.8, -8.8))
        canvas.fill(glassInk)
        canvas.move(-15.4, -2.4)
        canvas.line(-15.4, -8.4)
        canvas.line(6.4, -8.9)
        canvas.curve(11.4, -8.8, 15.4, -8, 15.6, -5)
        canvas.line(15.6, -2.4)
        canvas.close()
        body(paintInk)
        canvas.rectangle(-15, -3.4, 30, 0.9)
        canvas.fill(deepInk)
        canvas.rectangle(-15.6, -7.4, 1.7, 2.2)
        canvas.fill(Ink(0.9, 0.1, 0.1))
        paintHeadlight(14.7, -6)
        paintWheel(-8.7, radius: 3.1)
        paintWheel(8.9, radius: 3.1)
    }

    /// A bus with a row of windows, a wind screen and a door in front.
    func paintBus() {
        canvas.move(-16.6, -2.6)
        canvas.line(-16.6, -15)
        canvas.curve(-16.6, -16.2, -16, -16.7, -14.8, -16.7)
        canvas.line(13, -16.7)
        canvas.curve(15.2, -16.7, 16.6, -13, 16.7, -8)
        canvas.line(16.7, -2.6)
        canvas.close()
        body(paintInk)
        for window in 0..<3 {
            canvas.roundedRectangle(-14.6 + Double(window) * 7, -14, 5.4, 4.6, radius: 0.7)
        }
        canvas.fill(glassInk)
        canvas.polygon((10.8, -14.2), (14.2, -14.2), (15.8, -8.4), (10.8, -8.4))
        canvas.fill(glassInk)
        canvas.rectangle(-16.2, -7.4, 26, 1.5)
        canvas.fill(paleInk)
        canvas.roundedRectangle(6.6, -14, 3.1, 11, radius: 0.5)
        canvas.fill(deepInk)
        canvas.rectangle(-16.8, -6, 1.4, 2.2)
        canvas.fill(Ink(0.9, 0.1, 0.1))
        paintHeadlight(15.9, -5)
        paintWheel(-9.6, radius: 3)
        paintWheel(10.2, radius: 3)
    }

    /// A steam locomotive with cab, boiler and chimney, and one waggon behind it.
    func paintTrain() {
        canvas.rectangle(-3.4, -4.2, 4, 1.3)
        canvas.fill(Ink(0.25, 0.25, 0.28))
        // Waggon
        canvas.roundedRectangle(-23.5, -14.2, 20, 11.4, radius: 1.2)
        body(paintInk)
        for window in 0..<3 {
            canvas.roundedRectangle(-21.5 + Double(window) * 5.8, -11.8, 4.4, 4.2, radius: 0.6)
        }
        canvas.fill(glassInk)
        canvas.rectangle(-23, -5, 19, 1.4)
        canvas.fill(deepInk)
        // Boiler, chimney, dome
        canvas.polygon((14.4, -10.5), (13.6, -16.2), (18.2, -16.2), (17.4, -10.5))
        body(deepInk)
        canvas.ellipse(10.6, -11.4, 1.7, 2.2)
        body(deepInk)
        canvas.roundedRectangle(7, -11.4, 13, 8.2, radius: 2.2)
        body(paintInk)
        canvas.rectangle(11.8, -11, 1.2, 7.4)
        canvas.fill(paleInk)
        // Cab
        canvas.polygon((0.4, -3), (0.4, -15.8), (8.6, -15.8), (8.6, -3))
        body(paintInk)
        canvas.roundedRectangle(2.2, -13.4, 4.6, 4.4, radius: 0.6)
        canvas.fill(glassInk)
        // Cow-catcher
        canvas.polygon((18.8, -4.2), (19.6, -4.2), (22.9, -0.6), (18.8, -0.6))
        body(deepInk)
        paintHeadlight(19.9, -8.6)
        for x in [-19.2, -8, 4.4] { paintWheel(x, radius: 2.6) }
        for x in [11.2, 16.4] { paintWheel(x, radius: 2.1) }
    }

    /// Puffs from the chimney that stay behind, grow and fade.
    func paintSmoke() {
        let ink = light.land(Ink(0.95, 0.95, 0.97), snow: 0).mixed(with: .white, 0.2)
        for puff in 0..<3 {
            var age = phase(period: Self.smokePeriod, 500) + Double(puff) / 3
            age -= age.rounded(.down)
            canvas.ellipse(
                16 - smokeDrift.x * age, -18 - smokeDrift.y * age, 1.2 + 2.6 * age, 1.1 + 2.2 * age)
            canvas.fill(ink.opacity(0.8 * (1 - age)))
        }
    }

    /// How far a puff moves back and up in ``smokePeriod`` frames.
    var smokeDrift: SIMD2<Double> { SIMD2(6 + 5 * scene.speed.pixelsPerFrame, 7) }

    static let smokePeriod = 18
}
