import Foundation
import Testing

@testable import Evaluation

@Suite struct VideoManifestTests {
    private func read(_ text: String) throws -> VideoManifest {
        let file = FileManager.default.temporaryDirectory
            .appending(path: "manifest-\(UUID().uuidString).json")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(text.utf8).write(to: file)
        return try VideoManifest(file: file)
    }

    @Test func givesPromptAndBorders() throws {
        let manifest = try read(
            """
            {"settings": {"prompt": "a car", "seed": 1},
             "chunks": [{"first_frame": 0, "frames": 5}, {"first_frame": 5}, {"first_frame": 7}]}
            """)
        #expect(manifest.prompt == "a car")
        let borders = try #require(manifest.borders)
        #expect((0..<20).filter(borders.contains) == [5, 7])
        #expect(borders.source == "manifest, 3 chunks")
        #expect(try read(#"{"settings": {"prompt": "x"}}"#).borders == nil)
    }

    @Test(arguments: [
        "", "[]", "{}", #"{"settings": {}}"#, #"{"settings": {"prompt": 5}}"#,
        #"{"settings": {"prompt": "a"}, "chunks": [{}]}"#,
        #"{"settings": {"prompt": "a"}, "chunks": [{"first_frame": 0}, {"first_frame": -1}]}"#,
        #"{"settings": {"prompt": "a"}, "chunks": [{"first_frame": 9223372036854775807}]}"#,
    ])
    func refusesOtherFiles(text: String) {
        #expect(throws: EvaluationError.self) { try read(text) }
    }

    @Test func namesAreLookedUpBesideTheVideo() throws {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "manifest-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let video = folder.appending(path: "x.mp4").path
        #expect(VideoManifest.beside(video: video) == nil)
        try Data("{}".utf8).write(to: URL(fileURLWithPath: video + ".json"))
        #expect(VideoManifest.beside(video: video) == nil)
        try Data(#"{"settings": {"prompt": "x"}}"#.utf8)
            .write(to: URL(fileURLWithPath: video + ".json"))
        #expect(VideoManifest.beside(video: video)?.manifest.prompt == "x")
        #expect(VideoManifest.beside(video: video + "/")?.file == video + ".json")
    }
}
