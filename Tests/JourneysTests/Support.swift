import Journeys
import VideoIO

/// A scene with everything in the ordinary, to be varied by the tests.
func makeScene(
    _ subject: Subject = .car, _ colour: SubjectColour = .red,
    _ background: Background = .greenHills, _ time: TimeOfDay = .day,
    _ direction: Direction = .right, _ speed: Speed = .normal, _ weather: Weather = .clear,
    seed: UInt64 = 7
) -> Scene {
    Scene(
        subject: subject, colour: colour, background: background, timeOfDay: time,
        direction: direction, speed: speed, weather: weather, layoutSeed: seed)
}

extension RGBFrame {
    /// The colour at a pixel, components from 0 to 1.
    func rgb(_ x: Int, _ y: Int) -> SIMD3<Double> {
        let at = (y * width + x) * 3
        return SIMD3(Double(pixels[at]), Double(pixels[at + 1]), Double(pixels[at + 2])) / 255
    }

    /// The mean of each 2×2 block.
    func halved() -> RGBFrame {
        var bytes: [UInt8] = []
        for y in 0..<height / 2 {
            for x in 0..<width / 2 {
                let sum =
                    rgb(2 * x, 2 * y) + rgb(2 * x + 1, 2 * y) + rgb(2 * x, 2 * y + 1)
                    + rgb(2 * x + 1, 2 * y + 1)
                for c in 0..<3 { bytes.append(UInt8((sum[c] / 4 * 255).rounded())) }
            }
        }
        return RGBFrame(width: width / 2, height: height / 2, pixels: bytes)
    }

    /// Mean absolute difference of bytes.
    func difference(to other: RGBFrame) -> Double {
        let sum = zip(pixels, other.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        return Double(sum) / Double(pixels.count)
    }
}
