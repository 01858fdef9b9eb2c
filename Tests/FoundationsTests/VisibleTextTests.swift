import Foundations
import Testing

/// Text from outside, as one line that does nothing.
@Suite struct VisibleTextTests {
    @Test(arguments: [
        ("\u{1B}[31mred\u{1B}]0;t\u{7}", #"\u{1B}[31mred\u{1B}]0;t\u{7}"#),
        ("a\nerror: b", #"a\nerror: b"#), ("a\r\nb\tc", #"a\r\nb\tc"#),
        ("\u{9B}2J\u{85}\u{7F}\u{0}", #"\u{9B}2J\u{85}\u{7F}\u{0}"#),
        (
            "\u{202E}gpj\u{2066}\u{200E}\u{200F}\u{61C}",
            #"\u{202E}gpj\u{2066}\u{200E}\u{200F}\u{61C}"#
        ),
        ("\u{2028}\u{2029}\u{FEFF}\u{200B}\u{AD}", #"\u{2028}\u{2029}\u{FEFF}\u{200B}\u{AD}"#),
        ("\u{FFFE}\u{FFF9}\u{E0041}\u{2065}", #"\u{FFFE}\u{FFF9}\u{E0041}\u{2065}"#),
        // An escape begins a `Character` of its own neither after a mark nor before one.
        ("\u{600}\u{1B}\u{301}", "\u{600}\\u{1B}\u{301}"),
    ])
    func unsafeScalarsBecomeEscapes(text: String, visible: String) {
        #expect(text.visible == visible)
        #expect(visible.visible == visible)
    }

    @Test(arguments: [
        "a red car", "漢字 カタカナ", "é", "e\u{301}\u{327}", "👩‍👧‍👦 ❤️ 👍🏽 🇩🇪", "می‌خواهم", "שלום", "\u{600}1",
        "क्‍ष", "𠀋︀", "\u{E000}", #"back\slash"#, "",
    ])
    func otherTextStaysAsItIs(text: String) {
        #expect(Array(text.visible.unicodeScalars) == Array(text.unicodeScalars))
    }

    @Test func longNamesLoseTheirMiddle() {
        let long = String(repeating: "a", count: 100) + "\n" + String(repeating: "b", count: 60)
        #expect(
            long.oneLine
                == String(repeating: "a", count: 100) + "…" + String(repeating: "b", count: 50))
        #expect(String(repeating: "\n", count: 160).oneLine.count == 320)
        #expect("a\"\u{7}".quoted == #""a"\u{7}""#)
    }
}
