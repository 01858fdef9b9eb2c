import Foundations

/// A text that takes the place of the prompt within a video.
public struct PromptChange: Codable, Sendable, Hashable {
    /// Number of a frame, from 0; the first chunk that begins with it or behind it follows the text.
    public var frame: Int
    /// What the video shows from there on.
    public var prompt: String

    /// A change of the prompt.
    public init(frame: Int, prompt: String) {
        self.frame = frame
        self.prompt = prompt
    }
}

/// Which prompt each chunk of a video follows.
struct PromptSchedule: Sendable, Hashable {
    /// The prompts in the order of the video, each with the option that gave it and the chunk that it begins with.
    let entries: [Entry]

    struct Entry: Sendable, Hashable {
        let option: String
        let prompt: String
        let firstChunk: Int
    }

    /// The request's prompt and its changes.
    ///
    /// - Parameters:
    ///   - frames: frames of the whole video, or `nil` for an endless one.
    ///   - start: the first chunk that is generated.
    /// - Throws: `GenerationError.invalidOption` for a change that has no text or would never act.
    init(
        _ request: GenerationRequest, _ plan: ChunkPlan, frames: Int?, start: Int = 0
    ) throws(GenerationError) {
        let origin = plan.frameRange(chunk: start).lowerBound
        var entries = [Entry(option: "--prompt", prompt: request.prompt, firstChunk: 0)]
        for change in request.promptChanges.sorted(by: { $0.frame < $1.frame }) {
            let option = "--prompt-at \(change.frame)"
            let chunk = plan.chunk(beginningAtOrBehind: change.frame)
            guard !change.prompt.isBlank else {
                throw .invalidOption(option, "has no text; say what the video shall show")
            }
            guard chunk > start else {
                throw .invalidOption(
                    option, "must name a frame behind \(origin), with which --prompt begins")
            }
            let border = plan.frameRange(chunk: chunk).lowerBound
            if let frames, border >= frames {
                throw .invalidOption(
                    option,
                    "would act from frame \(border) on, where the next chunk begins, but the video "
                        + "has \(frames) frames. Name an earlier frame, or ask for more --frames")
            }
            if let last = entries.last, last.firstChunk == chunk {
                throw .invalidOption(
                    last.option,
                    "would never act: \(option) takes its place in the same chunk, which begins "
                        + "with frame \(border)")
            }
            entries.append(Entry(option: option, prompt: change.prompt, firstChunk: chunk))
        }
        self.entries = entries
    }

    /// Position in ``entries`` of the prompt that a chunk follows.
    func index(chunk: Int) -> Int {
        (entries.firstIndex { $0.firstChunk > chunk } ?? entries.count) - 1
    }
}
