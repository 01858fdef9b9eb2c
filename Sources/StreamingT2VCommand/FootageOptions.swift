import ArgumentParser
import Foundations
import StreamingT2V

/// Options of `generate` that name a picture or video to go on from.
struct FootageOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A picture that the video begins with and goes on from.", valueName: "file"))
    var image: String?

    @Option(
        help: ArgumentHelp(
            """
            A video, or a folder of PNG frames, that the video begins with and goes on from; --frames counts the new \
            frames after it.
            """, valueName: "file"))
    var video: String?

    /// Reads what was given, or gives `nil` if nothing was.
    ///
    /// - Parameter outputs: what will be written, which must be other files.
    func footage(
        _ generator: VideoGenerator, for request: GenerationRequest, outputs: [String]
    ) async throws -> Footage? {
        guard image == nil || video == nil else {
            throw InvalidField(
                "image",
                "cannot be combined with \(field: "video"); the video's last frames are pictures")
        }
        let kind = image == nil ? Footage.Kind.video : .image
        guard let path = image ?? video else { return nil }
        for output in outputs {
            try requireOtherFile(than: path, output, input: "what \(field: kind.field) names")
        }
        return try await generator.footage(path, as: kind, for: request)
    }
}
