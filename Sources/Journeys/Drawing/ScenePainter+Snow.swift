import Foundation

extension ScenePainter {
    /// Flakes that fall, sway and fall back with the camera; each fall starts at a new place.
    func paintSnow() {
        let ink = light.time == .night ? Ink(0.85, 0.89, 0.98) : Ink(1, 1, 1)
        for flake in 0..<12 {
            let here = flakePosition(flake, frame: frame)
            let next = flakePosition(flake, frame: frame + 1)
            let isNewFall = next.y < here.y
            canvas.beginLayer(flow: isNewFall ? .zero : next - here)
            let radius = noise.value(23, flake, in: 1.2...1.6)
            canvas.ellipse(here.x, here.y, radius, radius)
            canvas.fill(ink.opacity(0.92))
        }
    }

    private func flakePosition(_ flake: Int, frame: Int) -> SIMD2<Double> {
        let span = Scene.worldSize + 6  // wide enough that a flake turns round out of sight
        // Multiples of 1/64 stay exact over millions of frames.
        let fall = (noise.value(20, flake, in: 0.5...0.9) * 64).rounded() / 64
        let distance = (noise.unit(21, flake) * span * 64).rounded() / 64 + fall * Double(frame)
        let turn = (distance / span).rounded(.down)
        let y = distance - turn * span - 3
        let start = noise.unit(22, flake &+ 1_000 &* Int(turn)) * span
        let sway = 1.5 * sin(y * 0.12 + noise.unit(24, flake) * 6)
        let x = start + sway - scene.cameraPosition(frame: frame) * 0.5
        return SIMD2(x - (x / span).rounded(.down) * span - 3, y)
    }
}
