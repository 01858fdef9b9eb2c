import ArgumentParser
import Foundations
import StreamingT2V

/// Options of `generate` that say what the video shows.
struct PromptOptions: ParsableArguments {
    @Argument(help: ArgumentHelp("What the video shows.", valueName: "prompt"))
    var words: String?

    @Option(help: "What the video shows, as an option.")
    var prompt: String?

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            """
            What the video shows from a frame on, counted from 0: the number, then the text. The first chunk that begins \
            there or later follows the text. May be given several times.
            """, valueName: "frame text"))
    var promptAt: [String] = []

    @Option(help: "What the video must not show.")
    var negativePrompt = ""

    @Flag(help: "Cut a prompt that is too long.")
    var truncatePrompt = false

    /// A request with these prompts and otherwise the model's defaults.
    func request(seed: UInt64?) throws(InvalidField) -> GenerationRequest {
        guard words == nil || prompt == nil else {
            throw InvalidField("prompt", "is given twice; give it once")
        }
        var request = GenerationRequest(prompt: words ?? prompt ?? "", seed: seed)
        request.negativePrompt = negativePrompt
        request.truncatesPrompt = truncatePrompt
        guard promptAt.count.isMultiple(of: 2) else {
            throw InvalidField(
                "prompt_changes",
                "takes two values each time: a frame and a text in quotation marks, "
                    + "as \(field: "prompt_changes") 48 \"it begins to snow\"")
        }
        for index in stride(from: 0, to: promptAt.count, by: 2) {
            guard let frame = Int(promptAt[index]) else {
                throw InvalidField(
                    "prompt_changes",
                    "begins with the number of a frame, not \(promptAt[index]); the text follows it "
                        + "in quotation marks")
            }
            request.promptChanges.append(PromptChange(frame: frame, prompt: promptAt[index + 1]))
        }
        return request
    }
}
