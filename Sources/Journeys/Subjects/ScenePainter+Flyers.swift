import Foundation

extension ScenePainter {
    /// A sailboat: the hull's bow and the jib point ahead.
    func paintSailboat() {
        canvas.rectangle(-0.3, -25, 1.2, 24)
        canvas.fill(light.subject(Ink(0.42, 0.28, 0.16)))
        canvas.move(-0.9, -24.4)
        canvas.curve(-7, -17, -10.5, -9, -10.8, -4.6)
        canvas.line(-0.9, -4.6)
        canvas.close()
        body(paintInk)
        canvas.move(1.5, -21.5)
        canvas.curve(5, -16, 9, -9, 11.6, -4.6)
        canvas.line(1.5, -4.6)
        canvas.close()
        body(paleInk)
        canvas.move(-12.4, -3.2)
        canvas.line(14, -3.2)
        canvas.curve(11.5, 0.5, 8.5, 2.6, 6, 2.6)
        canvas.line(-8.5, 2.6)
        canvas.curve(-10.5, 2.6, -12, 0, -12.4, -3.2)
        canvas.close()
        body(paintInk)
        canvas.rectangle(-11.6, -2.4, 23.4, 1.1)
        canvas.fill(
            light.subject(scene.colour == .white ? Ink(0.45, 0.5, 0.6) : Ink(0.95, 0.93, 0.88)))
    }

    /// A hot-air balloon that leans ahead and trails a pennant.
    func paintBalloon() {
        let wind = sin(2 * .pi * phase(period: 12, 510))
        canvas.move(-1.6, 14.2)
        canvas.curve(-6, 12 + wind, -9, 15.5 - wind, -14.8, 13 + wind * 1.2)
        canvas.curve(-9, 18.2 - wind, -6, 15.5 + wind, -1.6, 16.6)
        canvas.close()
        body(paintInk, width: 0.6)
        canvas.move(-5.2, 6)
        canvas.line(-2, 13)
        canvas.move(5.2, 6)
        canvas.line(2, 13)
        canvas.stroke(light.subject(Ink(0.36, 0.26, 0.18)), width: 0.8)
        canvas.roundedRectangle(-2.6, 12.6, 5.2, 4.4, radius: 0.9)
        canvas.fill(light.subject(Ink(0.55, 0.36, 0.18)), keepingPath: true)
        canvas.stroke(light.subject(Ink(0.30, 0.19, 0.10)), width: 0.6)
        canvas.move(0, -12.3)
        canvas.curve(5.8, -12.3, 9.6, -8, 9.6, -3.2)
        canvas.curve(9.6, 2, 5.6, 5, 3.6, 8.4)
        canvas.line(-3.6, 8.4)
        canvas.curve(-5.6, 5, -9.6, 2, -9.6, -3.2)
        canvas.curve(-9.6, -8, -5.8, -12.3, 0, -12.3)
        canvas.close()
        body(paintInk)
        canvas.move(0, -11.8)
        canvas.curve(3.6, -9, 3.6, 2, 1.4, 8)
        canvas.line(-1.4, 8)
        canvas.curve(-3.6, 2, -3.6, -9, 0, -11.8)
        canvas.close()
        canvas.fill(paleInk)
        canvas.rectangle(-3.7, 7.4, 7.4, 1.4)
        canvas.fill(deepInk)
    }

    /// A bird with a beak in front, a tail behind, and wings that beat.
    func paintBird() {
        let beat = sin(2 * .pi * phase(period: 8, 520))
        paintWing(beat * 0.9, x: 1.8, deepInk)
        canvas.move(-6, -0.6)
        canvas.line(-13, -3.8)
        canvas.line(-12, 1.6)
        canvas.close()
        body(deepInk)
        canvas.polygon((10.4, -4.6), (12.8, -2.9), (10.2, -1.6))
        canvas.fill(Ink(0.98, 0.62, 0.10), keepingPath: true)
        canvas.stroke(Ink(0.55, 0.30, 0.05), width: 0.5)
        canvas.move(-8, -1)
        canvas.curve(-4, -5.5, 2, -5, 4.6, -5)
        canvas.curve(6, -7.2, 11.2, -6.8, 11.2, -3)
        canvas.curve(11.2, 1, 6, 4.6, 0.5, 4.6)
        canvas.curve(-4, 4.6, -7, 2, -8, -1)
        canvas.close()
        body(paintInk)
        canvas.ellipse(8.2, -3.9, 1.1, 1.1)
        canvas.fill(Ink(0.98, 0.98, 0.98))
        canvas.ellipse(8.5, -3.9, 0.6, 0.6)
        canvas.fill(Ink(0.05, 0.05, 0.08))
        paintWing(beat, x: 0, paleInk)
    }

    /// A wing that points up at 1, back at 0 and down at −1.
    private func paintWing(_ lift: Double, x: Double, _ ink: Ink) {
        canvas.transformed(x, -1, angle: lift * (lift > 0 ? 1.25 : 1)) {
            canvas.move(3.4, 0.4)
            canvas.curve(2.4, -3.4, -3.5, -3.6, -10.2, -1.8)
            canvas.curve(-8, 1.6, -4, 3, 0.4, 3)
            canvas.curve(2.2, 2.8, 3.2, 1.8, 3.4, 0.4)
            canvas.close()
        }
        body(ink)
    }
}
