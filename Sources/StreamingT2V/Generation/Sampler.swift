import Schedulers
import Torch

/// One walk from noise to a sample with the solver that a request asks for.
struct Sampler {
    private enum Kind {
        case ddim(DDIMScheduler)
        case dpmSolver(DPMSolverScheduler, history: DPMSolverScheduler.History)
    }

    private var kind: Kind

    init(_ sampling: ChunkSampling, _ configuration: SchedulerConfiguration) {
        switch sampling.solver {
        case .ddim:
            kind = .ddim(
                DDIMScheduler(configuration, steps: sampling.steps, eta: sampling.eta))
        case .dpmSolver:
            kind = .dpmSolver(
                DPMSolverScheduler(configuration, steps: sampling.steps), history: .init())
        }
    }

    /// Training steps that are visited, from the noisiest.
    var timesteps: [Int] {
        switch kind {
        case .ddim(let scheduler): scheduler.timesteps
        case .dpmSolver(let scheduler, _): scheduler.timesteps
        }
    }

    /// One step; `noise` is asked for where the solver adds some.
    mutating func step(
        _ sample: Tensor, prediction: Tensor, at index: Int,
        noise: () throws(TensorError) -> Tensor
    ) throws(TensorError) -> Tensor {
        switch kind {
        case .ddim(let scheduler):
            return try scheduler.step(
                sample, prediction: prediction, at: index,
                noise: scheduler.isStochastic ? noise() : nil)
        case .dpmSolver(let scheduler, var history):
            let next = try scheduler.step(
                sample, prediction: prediction, at: index, history: &history)
            kind = .dpmSolver(scheduler, history: history)
            return next
        }
    }
}
