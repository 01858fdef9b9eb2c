public import Foundations

/// A text that takes the place of the prompt within a video.
public struct PromptChange: Codable, Sendable, Hashable {
    /// What a request calls a list of these.
    static let field = "prompt_changes"

    /// Number of a frame, from 0; the first chunk that begins with it or after it follows the text.
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
    /// The prompts in the order of the video, each with its name in the request and the chunk that it begins with.
    let entries: [Entry]

    struct Entry: Sendable, Hashable {
        /// The frame of the change; `nil` for the prompt that the video begins with.
        let frame: Int?
        let prompt: String
        let firstChunk: Int

        /// What a message calls it.
        var name: FailureText {
            frame.map { "\(field: PromptChange.field) \($0)" } ?? "\(field: "prompt")"
        }
    }

    /// The request's prompt and its changes.
    ///
    /// - Parameters:
    ///   - frames: frames of the whole video, or `nil` for an endless one.
    ///   - start: the first chunk that is generated.
    /// - Throws: `InvalidField` for a change that has no text or would never act.
    init(
        _ request: GenerationRequest, _ plan: ChunkPlan, frames: Int?, start: Int = 0
    ) throws(InvalidField) {
        let origin = plan.frameRange(chunk: start).lowerBound
        var entries = [Entry(frame: nil, prompt: request.prompt, firstChunk: 0)]
        for change in request.promptChanges.sorted(by: { $0.frame < $1.frame }) {
            func invalid(_ frame: Int, _ rule: FailureText) -> InvalidField {
                InvalidField(PromptChange.field, "\(frame) \(rule)")
            }
            let chunk = plan.chunk(beginningAtOrBehind: change.frame)
            guard !change.prompt.isBlank else {
                throw invalid(change.frame, "has no text. Say what the video shall show")
            }
            guard chunk > start else {
                throw invalid(
                    change.frame,
                    "must name a frame after \(origin), with which \(field: "prompt") begins")
            }
            let border = plan.frameRange(chunk: chunk).lowerBound
            if let frames, border >= frames {
                throw invalid(
                    change.frame,
                    "would act from frame \(border) on, where the next chunk begins, but the video "
                        + "has \(frames) frames. Name an earlier frame, or ask for more "
                        + "\(field: "frames")")
            }
            if let last = entries.last, let frame = last.frame, last.firstChunk == chunk {
                throw invalid(
                    frame,
                    "would never act: \(field: PromptChange.field) \(change.frame) takes its place in "
                        + "the same chunk, which begins with frame \(border)")
            }
            entries.append(Entry(frame: change.frame, prompt: change.prompt, firstChunk: chunk))
        }
        self.entries = entries
    }

    /// Position in ``entries`` of the prompt that a chunk follows.
    func index(chunk: Int) -> Int {
        (entries.firstIndex { $0.firstChunk > chunk } ?? entries.count) - 1
    }
}
