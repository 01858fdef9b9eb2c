import Schedulers
import Torch

/// What the enhancer's denoiser is asked in training: noisy latents, and the velocity that leads to the sharp ones.
struct EnhancerTask {
    /// Noise levels that are trained, as many as the release's enhancement begins with.
    static let noiseLevels = 600

    /// Training steps that an enhancement of a small video is expected to begin at.
    ///
    /// With more noise, what the small video shows is lost and made anew; with less there is none to hide its blur, and
    /// the predicted velocity has to make up for the difference between both videos many times over.
    static let starts = 20..<45

    /// The training step at which an error of the velocity costs as much with a small video as without.
    static let evenStep = 95

    /// Where in an enhancement a sample stands.
    struct Point: Equatable {
        /// The training step that its noise belongs to.
        var timestep: Int
        /// How much of it is still the small video; the rest is sharp already.
        var coarseShare: Double
    }

    /// `[B, C, F, h, w]`, what the network sees.
    let noisy: Tensor
    /// `[B, C, F, h, w]`, what it shall predict.
    let target: Tensor
    /// `[B, 1, 1, 1, 1]`, how much the squared error of the prediction weighs.
    ///
    /// 1 without a small video. With one, the error of the sharp latents that follow from the prediction counts the same
    /// at all noise levels.
    let weight: Tensor

    /// The task of a batch.
    ///
    /// With `c` the coarse share of the way from the sharp latents `z` to the small video's `y`, the clean part of the
    /// noisy sample is `z + c (y − z)`. The velocity from which `α x − σ v` is `z` again is that of the sharp latents
    /// plus `c α²/σ (y − z)`.
    ///
    /// - Parameters:
    ///   - sharp: latents of the large clips, `[B, C, F, h, w]`.
    ///   - coarse: latents of the same clips from their small frames.
    ///   - points: one per clip.
    init(
        sharp: Tensor, coarse: Tensor, noise: Tensor, points: [Point], schedule: LogSNRSchedule
    ) throws(TensorError) {
        func column(_ value: (Point) -> Float) throws(TensorError) -> Tensor {
            try Tensor(points.map(value), shape: [points.count, 1, 1, 1, 1])
        }
        let alphas = try column { schedule.alphas[$0.timestep] }
        let sigmas = try column { schedule.sigmas[$0.timestep] }
        let shares = try column { Float($0.coarseShare) }
        let rest = try (coarse - sharp) * shares
        noisy = try (sharp + rest) * alphas + noise * sigmas
        target = try noise * alphas - sharp * sigmas + rest * (alphas * alphas / sigmas)
        weight = try column {
            let ratio = schedule.sigmas[$0.timestep] / schedule.sigmas[Self.evenStep]
            return $0.coarseShare > 0 ? ratio * ratio : 1
        }
    }

    /// A sample's place, drawn with the choices 0, 2 and 3.
    ///
    /// An enhancement that begins at step `s` with the small video has, at step `t`, the share `(kₜ / kₛ)²` of it left,
    /// `k = σ/α`: so much of its sample each step of the solver keeps (`exp(−2h)`, with the noise of the diffusion
    /// process), the rest is predicted. So the network meets in training what it meets in use.
    ///
    /// - Parameter coarseShare: share of the samples that begin with the small video; in the others nothing of it is
    ///   left at any step.
    static func point(
        _ choices: SampleChoices, coarseShare: Double, schedule: LogSNRSchedule
    ) -> Point {
        guard choices.share(2) < coarseShare else {
            return Point(timestep: choices.index(0, below: noiseLevels), coarseShare: 0)
        }
        let start = starts.lowerBound + choices.index(3, below: starts.count)
        let timestep = choices.index(0, below: start + 1)
        let left =
            Double(schedule.noiseRatios[timestep]) / Double(schedule.noiseRatios[start])
        return Point(timestep: timestep, coarseShare: left * left)
    }
}
