/// The colours of air and light: tints what is drawn by time of day and weather.
struct Light {
    let time: TimeOfDay
    let isSnowing: Bool

    /// Sky from the top of the picture to the horizon.
    var sky: [(y: Double, ink: Ink)] {
        let inks: [Ink] =
            switch time {
            case .day: [Ink(0.30, 0.62, 0.95), Ink(0.56, 0.79, 0.98), Ink(0.86, 0.94, 1.0)]
            case .sunset: [Ink(0.33, 0.24, 0.55), Ink(0.86, 0.42, 0.47), Ink(1.0, 0.76, 0.45)]
            case .night: [Ink(0.04, 0.06, 0.19), Ink(0.09, 0.13, 0.33), Ink(0.20, 0.27, 0.50)]
            }
        let cover: Ink =
            switch time {
            case .day: Ink(0.64, 0.72, 0.80)
            case .sunset: Ink(0.66, 0.50, 0.60)
            case .night: Ink(0.22, 0.25, 0.36)
            }
        return zip([0, 22, 44], inks).map {
            ($0, isSnowing ? $1.mixed(with: cover, 0.4) : $1)
        }
    }

    var horizon: Ink { sky[2].ink }

    /// A daylight colour of the land as it looks now.
    ///
    /// - Parameters:
    ///   - haze: Share of the horizon's colour, for what is far away.
    ///   - snow: Share of snow that lies on it when it snows.
    func land(_ day: Ink, haze: Double = 0, snow: Double = 0.4) -> Ink {
        let ground = isSnowing ? day.mixed(with: Ink(0.93, 0.95, 0.99), snow) : day
        let lit: Ink =
            switch time {
            case .day: ground
            case .sunset:
                ground.times(SIMD3(0.90, 0.74, 0.70)).mixed(with: Ink(0.7, 0.35, 0.3), 0.07)
            case .night:
                ground.times(SIMD3(0.45, 0.50, 0.60)).mixed(with: Ink(0.08, 0.13, 0.32), 0.15)
            }
        return lit.mixed(with: horizon, haze)
    }

    /// A colour of the subject: hardly darker at night, so that it can still be named.
    func subject(_ day: Ink) -> Ink {
        switch time {
        case .day: day
        case .sunset: day.times(SIMD3(0.98, 0.93, 0.91))
        case .night: day.times(SIMD3(0.86, 0.87, 0.93))
        }
    }
}
