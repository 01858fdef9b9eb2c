import ArgumentParser
import StreamingT2V
import Torch

/// The option of commands that denoise to record steps.
struct GraphOption: ParsableArguments {
    @Flag(
        help: """
            Record a denoising step as a CUDA graph and replay it for the others, which takes less of the processor. \
            Needs --device cuda; no GPU has run it yet.
            """)
    var cudaGraphs = false

    /// What records steps, if that is asked for.
    func recorder(on device: Device) throws -> StepRecorder? {
        cudaGraphs ? try StepRecorder.cudaGraphs(on: device) : nil
    }
}
