import Checkpoints
import Testing

@Suite struct CheckpointErrorTests {
    private static let errors: [CheckpointError] = [
        .notFound(file: "/f"), .missingShard(file: "/f", shard: "s"),
        .ambiguous(file: "/f", candidates: ["a", "b"]), .unreadable(file: "/f", reason: "r"),
        .headerTooLarge(file: "/f", length: 9, limit: 8),
        .headerPastEnd(file: "/f", headerLength: 9, fileLength: 8),
        .corrupt(file: "/f", reason: "r"), .overlapping(file: "/f", name: "a\nb", other: "c"),
        .unknownType(file: "/f", name: "a\u{1B}[2J", type: "\u{202E}x"),
        .noSuchTensor(file: "/f", name: String(repeating: "n", count: 5000)),
        .nonFinite(file: "/f", name: "n", index: 3), .diskFull(file: "/f"),
        .overflow(file: "/f", name: "a\nb", index: 3, type: .float16),
        .overflow(file: "/f", name: "n", index: 3, type: .float32), .outputExists(file: "/f"),
        .unwritable(file: "/f", reason: "r"),
    ]

    @Test(arguments: errors) func saysFileFaultAndRemedyInOneLine(error: CheckpointError) {
        let text = error.description
        #expect(text.hasPrefix("/f: "))
        #expect(text.hasSuffix("."))
        #expect(text.count < 400)
        #expect(
            text.unicodeScalars.allSatisfy {
                ![.control, .format].contains($0.properties.generalCategory)
            })
    }

    @Test func escapesNames() {
        #expect(
            CheckpointError.overlapping(file: "/f", name: "a\nb", other: "é").description
                .hasPrefix(#"/f: "a\nb" and "é" claim the same bytes."#))
    }
}
