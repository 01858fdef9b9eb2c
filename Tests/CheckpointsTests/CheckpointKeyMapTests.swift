import Testing

@testable import Checkpoints

@Suite struct CheckpointKeyMapTests {
    private let map = CheckpointKeyMap(
        prefix: "base_model",
        .rename("downBlocks", to: "down_blocks"),
        .rename("tempConvs", to: "temp_convs"),
        .rename("tempConvs.*.conv1.conv", to: "temp_convs.*.conv1.2"),
        .rename("tempConvs.*.conv2.conv", to: "temp_convs.*.conv2.3"),
        .rename("toOut", to: "to_out.0"),
        .rename("mergers.*.*", to: "merger.*.blocks.*"),
        .ignore("base_model.position_ids"),
        .ignore("base_model.*.step"),
        .ignore("base_model.ema.**"))

    @Test(arguments: [
        (
            "downBlocks.0.tempConvs.1.conv2.conv.weight",
            "base_model.down_blocks.0.temp_convs.1.conv2.3.weight"
        ),
        (
            "downBlocks.0.tempConvs.1.conv2.norm.bias",
            "base_model.down_blocks.0.temp_convs.1.conv2.norm.bias"
        ),
        ("attention.toOut.weight", "base_model.attention.to_out.0.weight"),
        // Components are whole: parts of them do not match.
        ("attention.toOutput.weight", "base_model.attention.toOutput.weight"),
        // Two stars keep their order.
        ("mergers.down.3.x", "base_model.merger.down.blocks.3.x"),
        // A match that does not fit to its end is none.
        ("tempConvs.1.conv2", "base_model.temp_convs.1.conv2"),
        // What a rule has written is not read again.
        ("toOut.toOut", "base_model.to_out.0.to_out.0"),
        ("weight", "base_model.weight"),
    ]) func followsTheTable(path: String, key: String) {
        #expect(map.checkpointKey(for: path) == key)
    }

    @Test func orderDoesNotMatter() {
        let rules: [(String, String)] = [
            ("a", "1"), ("a.b", "2"), ("a.*.c", "3.*"), ("b.c", "4"), ("c", "5"),
        ]
        let paths = ["a.b.c", "a.x.c", "a.b.x", "b.c.a", "c.b.c", "x.a"]
        let forward = CheckpointKeyMap(rules: rules)
        let backward = CheckpointKeyMap(rules: rules.reversed())
        #expect(paths.map(forward.checkpointKey) == ["3.b", "3.x", "2.x", "4.1", "5.4", "x.1"])
        #expect(paths.map(backward.checkpointKey) == paths.map(forward.checkpointKey))
    }

    @Test(arguments: [
        ("base_model.position_ids", true), ("base_model.position_ids.x", false),
        ("base_model.a.step", true), ("base_model.a.b.step", false), ("base_model.step", false),
        ("base_model.ema.a.b", true), ("base_model.ema", false), ("base_model.weight", false),
        ("unet.weight", true), ("base_model2.weight", true),
    ]) func knowsWhatMayRemain(key: String, mayRemain: Bool) {
        #expect(map.mayRemain(key) == mayRemain)
    }

    @Test(
        arguments: [
            ([("a.*", "b")], #""a.*" and "b" differ in the number of '*'"#),
            ([("a", "b.*")], #""a" and "b.*" differ in the number of '*'"#),
            ([("a..b", "c")], #""a..b" is not a dotted pattern of names and '*'"#),
            ([("", "c")], #""" is not a dotted pattern of names and '*'"#),
            ([("c", "b.")], #""b." is not a dotted pattern of names and '*'"#),
            ([("to*", "to*")], #""to*" is not a dotted pattern of names and '*'"#),
            ([("a.**", "b.**")], #""a.**" is not a dotted pattern of names and '*'"#),
            ([("a", "b"), ("a", "c")], #""a" and "a" can match the same components"#),
            ([("a.*", "b.*"), ("*.c", "*.d")], #""*.c" and "a.*" can match the same components"#),
            ([("a.*", "b.*"), ("b.*", "c.*"), ("a", "x")], nil),
        ] as [([(String, String)], String?)])
    func findsFaultsOfTheTable(rules: [(String, String)], fault: String?) {
        let rules = rules.map { CheckpointKeyMap.Rule.rename($0, to: $1) }
        #expect(CheckpointKeyMap.fault(prefix: "", rules: rules) == fault)
    }

    @Test func findsFaultsOfPrefixAndIgnoredKeys() {
        #expect(CheckpointKeyMap.fault(prefix: "a.", rules: []) != nil)
        #expect(CheckpointKeyMap.fault(prefix: "a.*", rules: []) != nil)
        #expect(CheckpointKeyMap.fault(prefix: "a.b", rules: [.ignore("**")]) == nil)
        #expect(CheckpointKeyMap.fault(prefix: "", rules: [.ignore("a.**.b")]) != nil)
        #expect(CheckpointKeyMap.fault(prefix: "", rules: [.ignore("a.**")]) == nil)
    }

    @Test func refusesAFaultyTable() async {
        await #expect(processExitsWith: .failure) {
            _ = CheckpointKeyMap(.rename("a", to: "b"), .rename("a", to: "c"))
        }
    }
}
