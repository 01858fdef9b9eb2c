import ArgumentParser
import StreamingT2V

/// The option that names another third stage than the model's.
struct EnhancerOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Third stage, instead of the model's enhancer/: such a folder, a model with one, or a folder with the three \
            files of Video-to-Video.
            """, valueName: "path"))
    var enhancer: String?

    /// The model with this third stage.
    func apply(to model: ModelFolder) throws -> ModelFolder {
        guard let enhancer else { return model }
        return model.withEnhancer(try ModelOptions.place(enhancer, field: "enhancer"))
    }
}
