import Foundation
import Journeys
import Testing

@Suite struct DatasetRendererTests {
    private func withFolder(_ body: (URL) throws -> Void) throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("journeys-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try body(folder)
    }

    @Test func writesFramesCaptionsAndTruth() throws {
        try withFolder { folder in
            let dataset = try DatasetRenderer(size: 32, seed: 5, split: .heldOut)
            var done: [Int] = []
            try dataset.write(count: 3, frames: 2, to: folder) { done.append($0) }
            #expect(done == [1, 2, 3])
            let text = try String(
                contentsOf: folder.appendingPathComponent("captions.jsonl"), encoding: .utf8)
            let lines = text.split(separator: "\n")
            #expect(lines.count == 3)
            for (index, line) in lines.enumerated() {
                let record = try JSONDecoder().decode(
                    DatasetRenderer.ClipRecord.self, from: Data(line.utf8))
                #expect(record == dataset.record(clip: index, frames: 2))
                #expect(record.clip == "clip-00000\(index)")
                #expect(record.caption == record.scene.caption)
                #expect(record.scene.isHeldOut && record.fps == 8 && record.truth.count == 2)
                for frame in 0..<2 {
                    let file = folder.appendingPathComponent(
                        "\(record.clip)/frame-00000\(frame).png")
                    let data = try Data(contentsOf: file)
                    #expect(data.prefix(8) == Data([137, 80, 78, 71, 13, 10, 26, 10]))
                    // The header holds width and height, 4 bytes each, most significant first.
                    #expect(data[16..<24] == Data([0, 0, 0, 32, 0, 0, 0, 32]))
                }
            }
        }
    }

    @Test func refusesBadOutput() throws {
        try withFolder { folder in
            let dataset = try DatasetRenderer(size: 32, seed: 5)
            #expect(throws: JourneysError.invalidCount(name: "count", value: 0)) {
                try dataset.write(count: 0, frames: 2, to: folder)
            }
            try dataset.write(count: 1, frames: 1, to: folder)
            let list = folder.appendingPathComponent("captions.jsonl")
            #expect(throws: JourneysError.outputExists(path: list.path)) {
                try dataset.write(count: 1, frames: 1, to: folder)
            }
            #expect(throws: JourneysError.notAFolder(path: list.path)) {
                try dataset.write(count: 1, frames: 1, to: list)
            }
            #expect(throws: JourneysError.self) {
                try dataset.write(
                    count: 1, frames: 1, to: list.appendingPathComponent("inside a file"))
            }
        }
    }
}
