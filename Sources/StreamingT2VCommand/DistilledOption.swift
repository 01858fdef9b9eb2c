import ArgumentParser
import StreamingT2V

/// The option of commands that make videos to take few steps.
struct DistilledOption: ParsableArguments {
    @Flag(
        help: """
            Use the model's weights for few steps without guidance (distilled/): several times as fast, and another \
            video.
            """)
    var distilled = false

    /// The model with the weights that are asked for.
    func apply(to model: ModelFolder) throws -> ModelFolder {
        distilled ? try model.distilled() : model
    }
}
