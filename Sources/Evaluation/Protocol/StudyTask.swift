public import Foundations
import StreamingT2V

/// One video of a study.
public struct StudyTask: Codable, Sendable, Hashable {
    /// Number of the prompt in its set, from 0.
    public let index: Int
    /// What the video shows.
    public let prompt: String
    /// The video's seed.
    public let seed: UInt64
    /// Its length.
    public let frames: Int

    /// The first prompts of a set, each at every length; a video's seed is the study's plus its prompt's number.
    ///
    /// - Parameter count: how many prompts; `nil` for all.
    /// - Throws: `InvalidField` for more prompts than the set has, or no frames.
    public static func tasks(
        _ set: PromptSet, count: Int?, lengths: [Int], seed: UInt64
    ) throws(InvalidField) -> [StudyTask] {
        let count = count ?? set.prompts.count
        guard (1...set.prompts.count).contains(count) else {
            throw InvalidField(
                "count",
                "must be from 1 to \(set.prompts.count), the number of prompts in \(set.name), "
                    + "not \(count)")
        }
        let limit = GenerationRequest.frameLimit
        for frames in lengths where !(1...limit).contains(frames) {
            throw InvalidField("frames", "must be from 1 to \(limit), not \(frames)")
        }
        return lengths.flatMap { frames in
            set.prompts.prefix(count).enumerated().map { index, prompt in
                StudyTask(
                    index: index, prompt: prompt, seed: seed &+ UInt64(index), frames: frames)
            }
        }
    }

    /// The model's default way to make the video.
    ///
    /// - Parameter truncates: whether a prompt that is too long is cut.
    func request(truncates: Bool) -> GenerationRequest {
        var request = GenerationRequest(prompt: prompt, seed: seed)
        request.frames = frames
        request.truncatesPrompt = truncates
        return request
    }

    /// A file name without words of the prompt: `240-0007`.
    public var name: String {
        let number = String(index + 1)
        let zeros = String(repeating: "0", count: max(0, 4 - number.count))
        return "\(frames)-\(zeros)\(number)"
    }
}
