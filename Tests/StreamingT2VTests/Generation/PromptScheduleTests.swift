import Foundations
import Testing
import VideoIO

@testable import StreamingT2V

/// Prompts that change within a video.
@Suite struct PromptScheduleTests {
    private static let other = "a blue car drives through the snow"
    private static let third = "the yellow bird flies over the lake"

    /// The text changes with the first chunk that begins at the frame or behind it; until then nothing differs.
    @Test(arguments: [(1, 16), (16, 16), (17, 24), (24, 24), (25, 32), (32, 32)])
    func textChangesAtTheChunkBorder(frame: Int, border: Int) async throws {
        let generator = try VideoGenerator(model: SharedModel.folder())
        let usual = try await generator.frames(.tiny(frames: 40))
        let changed = try await generator.frames(
            .tiny(frames: 40) {
                $0.promptChanges = [PromptChange(frame: frame, prompt: Self.other)]
            })
        #expect(changed[..<border] == usual[..<border])
        for index in border..<40 { #expect(changed[index] != usual[index], "frame \(index)") }
    }

    /// The text of a chunk is that of the last change, whatever order they are given in.
    @Test func severalChangesFollowEachOther() async throws {
        let generator = try VideoGenerator(model: SharedModel.folder())
        func frames(_ changes: [PromptChange]) async throws -> [RGBFrame] {
            try await generator.frames(.tiny(frames: 40) { $0.promptChanges = changes })
        }
        let (first, second) = (
            PromptChange(frame: 16, prompt: Self.other), PromptChange(frame: 30, prompt: Self.third)
        )
        let both = try await frames([second, first])
        #expect(both == (try await frames([first, second])))
        let one = try await frames([first])
        #expect(both[..<32] == one[..<32])
        for index in 32..<40 { #expect(both[index] != one[index]) }
        // Back to the first text: the anchor is still that of the first chunk.
        let back = try await frames([
            first, PromptChange(frame: 24, prompt: "a red ball rolls over the lake"),
        ])
        #expect(back[..<24] == one[..<24] && back[24...] != one[24...])
    }

    private static let refused: [(changes: [PromptChange], message: String)] = [
        (
            [PromptChange(frame: 0, prompt: other)],
            "prompt_changes 0 must name a frame after 0, with which prompt begins"
        ),
        (
            [PromptChange(frame: -5, prompt: other)],
            "prompt_changes -5 must name a frame after 0, with which prompt begins"
        ),
        (
            [PromptChange(frame: 16, prompt: " \n")],
            "prompt_changes 16 has no text. Say what the video shall show"
        ),
        (
            [PromptChange(frame: 33, prompt: other)],
            "prompt_changes 33 would act from frame 40 on, where the next chunk begins, but the video "
                + "has 40 frames. Name an earlier frame, or ask for more frames"
        ),
        (
            [PromptChange(frame: 18, prompt: other), PromptChange(frame: 17, prompt: third)],
            "prompt_changes 17 would never act: prompt_changes 18 takes its place in the same chunk, "
                + "which begins with frame 24"
        ),
    ]

    @Test(arguments: refused.indices)
    func changesThatCannotActAreRefused(index: Int) async throws {
        let generator = try VideoGenerator(model: SharedModel.folder())
        let (changes, message) = Self.refused[index]
        let error = await #expect(throws: InvalidField.self) {
            try await generator.check(.tiny(frames: 40) { $0.promptChanges = changes })
        }
        #expect(error?.description == message)
    }

    @Test func aTextThatIsTooLongIsRefusedByItsOption() async throws {
        let generator = try VideoGenerator(model: SharedModel.folder())
        let long = Array(repeating: "a", count: 76).joined(separator: " ") + " ball"
        let request = GenerationRequest.tiny(frames: 40) {
            $0.promptChanges = [PromptChange(frame: 24, prompt: long)]
        }
        await #expect(
            throws: GenerationError.promptTooLong(
                field: "\(field: "prompt_changes") 24", tokens: 79, limit: 77, lost: "a ball")
        ) { try await generator.check(request) }
        var cut = request
        cut.truncatesPrompt = true
        try await generator.check(cut)
        // An endless video comes to every change.
        try await generator.check(
            .tiny(frames: nil) { $0.promptChanges = [PromptChange(frame: 10_000, prompt: "a")] })
    }
}
