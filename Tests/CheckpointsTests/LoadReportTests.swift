import Checkpoints
import Testing

@Suite struct LoadReportTests {
    private func entries(_ tensors: [(String, [Int])]) -> [String: CheckpointEntry] {
        Dictionary(
            uniqueKeysWithValues: tensors.map { name, shape in
                let entry = CheckpointEntry(
                    name: name, type: .float16, shape: shape, byteRange: 0..<0)
                return (name, entry)
            })
    }

    private let map = CheckpointKeyMap(
        prefix: "unet", .rename("convIn", to: "conv_in"), .ignore("unet.position_ids"))

    private func slot(_ path: String, _ shape: [Int]) -> ParameterSlot {
        ParameterSlot(modulePath: path, shape: shape, keyMap: map)
    }

    @Test func isCleanWhenAllFits() throws {
        let report = LoadReport(
            expected: [slot("convIn.weight", [4, 3]), slot("norm", [])],
            available: entries([
                ("unet.conv_in.weight", [4, 3]), ("unet.norm", []), ("unet.position_ids", [77]),
                ("vae.weight", [1]),
            ]), keyMap: map)
        #expect(report.isClean)
        #expect(report.matchedCount == 2)
        #expect(checkpointError { try report.throwIfNotClean(file: "f") } == nil)
        #expect(report.summary == "all 2 tensors fit the model.")
    }

    @Test func namesAllThatDoesNotFit() {
        let report = LoadReport(
            expected: [
                slot("convIn.weight", [4, 3]), slot("norm.weight", [4]), slot("norm.bias", [4]),
            ],
            available: entries([
                ("unet.conv_in.weight", [3, 4]), ("unet.norm.weight", [4]),
                ("unet.old\nname", [2, 2]),
            ]), keyMap: map)
        #expect(report.missing == [slot("norm.bias", [4])])
        #expect(report.unused.map(\.name) == ["unet.old\nname"])
        #expect(report.misShaped.map(\.expected) == [slot("convIn.weight", [4, 3])])
        #expect(report.misShaped.map(\.actual) == [[3, 4]])
        let error = checkpointError { try report.throwIfNotClean(file: "/m/unet.safetensors") }
        #expect(error == .mismatch(file: "/m/unet.safetensors", report: report))
        #expect(
            error?.description == #"""
                /m/unet.safetensors: does not fit the model: 1 missing, 1 unused, 1 of another shape, 1 fit.
                  missing: unet.norm.bias [4], needed by norm.bias
                  unused: unet.old\nname [2, 2] F16
                  of another shape: unet.conv_in.weight is [3, 4], convIn.weight needs [4, 3]
                Check that weights and config.json come from the same model and the same version; a weight file without one is read with the published sizes.
                """#)
    }

    @Test func listsTenAndCountsTheRest() {
        let report = LoadReport(
            expected: (10..<35).map { slot("b.\($0)", [1]) },
            available: entries((10..<21).map { ("unet.c.\($0)", [1]) }), keyMap: map)
        let lines = report.summary.description.split(separator: "\n").map(String.init)
        #expect(lines.count == 1 + 10 + 1 + 10 + 1 + 1)
        #expect(lines[1] == "  missing: unet.b.10 [1], needed by b.10")
        #expect(lines[10] == "  missing: unet.b.19 [1], needed by b.19")
        #expect(lines[11] == "  … and 15 more missing")
        #expect(lines[22] == "  … and 1 more unused")
        #expect(lines[23].hasPrefix("No name agrees: this is the checkpoint of another model"))
    }

    /// Tensors under other prefixes belong to other modules, unless there is nothing under this one.
    @Test func aForeignCheckpointIsUnusedAsAWhole() {
        let report = LoadReport(
            expected: [slot("convIn.weight", [1])],
            available: entries([("vae.weight", [1]), ("conv_in.weight", [1])]), keyMap: map)
        #expect(report.missing.map(\.key) == ["unet.conv_in.weight"])
        #expect(report.unused.map(\.name) == ["conv_in.weight", "vae.weight"])
    }

    @Test func knowsAnotherSizeOfTheSameModel() {
        let report = LoadReport(
            expected: [slot("a", [320]), slot("b", [320])],
            available: entries([("unet.a", [32]), ("unet.b", [32])]), keyMap: map)
        #expect(
            report.summary.description.hasSuffix(
                "use the config.json that came with these weights, or the folder with both."))
    }
}
