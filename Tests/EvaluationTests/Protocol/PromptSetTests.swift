import Foundation
import Journeys
import TestSupport
import Testing

@testable import Evaluation

@Suite struct PromptSetTests {
    @Test func thePapersPromptsAreComplete() throws {
        let set = try PromptSet(named: "paper")
        #expect(set.prompts.count == 50 && Set(set.prompts).count == 50)
        #expect(set.prompts.first == "A camel resting on the snow field.")
        #expect(
            set.prompts[17]
                == "Wide shot of battlefield, stormtroopers running at night, fires and smokes and "
                + "explosions in background.")
        #expect(set.prompts[32] == "steampunk robot looking at the camera.")
        #expect(
            set.prompts.last
                == "Beside the ancient amphitheater of Taormina, a group of friends enjoyed a leisurely "
                + "picnic, taking in the breathtaking views.")
    }

    @Test(
        .enabled(if: EvaluationFixtures.folder != nil, Comment(rawValue: EvaluationFixtures.hint)))
    func thePapersPromptsEqualTheFixture() throws {
        let file = try EvaluationFixtures.file("test_prompts.json")
        let wanted = try JSONDecoder().decode([String].self, from: Data(contentsOf: file))
        #expect(PromptSet.paper.prompts == wanted)
    }

    @Test func journeysPromptsAreTheStudysScenes() throws {
        let set = try PromptSet(named: "journeys")
        let scenes = (0..<50).map { JourneysStudy.scene(seed: 1, index: $0) }
        #expect(set.prompts == scenes.map(\.caption))
        #expect(
            scenes.indices.filter { scenes[$0].isHeldOut } == Array(stride(from: 3, to: 50, by: 4)))
        #expect(set.prompts.allSatisfy { SceneCaption($0) != nil })
    }

    @Test func readsFiles() throws {
        let folder = try Scratch()
        func set(_ name: String, _ text: String) throws -> PromptSet {
            let file = folder.folder.appending(path: name)
            try Data(text.utf8).write(to: file)
            return try PromptSet(named: file.path)
        }
        #expect(try set("a.txt", "a car\r\n\n  a boat  \n").prompts == ["a car", "a boat"])
        #expect(try set("a.json", #"["a car", "a | b"]"#).prompts == ["a car", "a | b"])
        for (name, text, hint) in [
            ("b.json", "{}", "JSON array"), ("c.json", #"["a", " "]"#, "prompt 2 is empty"),
            ("d.txt", "\n \n", "no prompt"), ("e.json", "[]", "no prompt"),
        ] {
            #expect {
                try set(name, text)
            } throws: {
                "\($0)".contains(hint) && "\($0)".contains(name)
            }
        }
        #expect {
            try PromptSet(named: "4")
        } throws: {
            "\($0)".contains("it does not exist") && "\($0)".contains("count")
        }
    }

    @Test func tasksHaveSeedsLengthsAndNames() throws {
        let tasks = try StudyTask.tasks(.journeys, count: 2, lengths: [24, 240], seed: 7)
        #expect(tasks.map(\.frames) == [24, 24, 240, 240])
        #expect(tasks.map(\.seed) == [7, 8, 7, 8])
        let two = Array(PromptSet.journeys.prompts.prefix(2))
        #expect(tasks.map(\.prompt) == two + two)
        #expect(tasks.map(\.name) == ["24-0001", "24-0002", "240-0001", "240-0002"])
        let request = tasks[3].request(truncates: true)
        #expect(request.frames == 240 && request.seed == 8 && request.truncatesPrompt)
        #expect(!tasks[3].request(truncates: false).truncatesPrompt)
        #expect(try StudyTask.tasks(.paper, count: nil, lengths: [1], seed: 0).count == 50)
        for (count, frames, option) in [(0, 1, "count"), (51, 1, "count"), (1, 0, "frames")] {
            #expect {
                try StudyTask.tasks(.paper, count: count, lengths: [frames], seed: 0)
            } throws: {
                "\($0)".hasPrefix(option)
            }
        }
    }
}
