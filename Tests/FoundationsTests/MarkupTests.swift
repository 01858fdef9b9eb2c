import Foundations
import Testing

@Suite struct MarkupTests {
    @Test(arguments: [
        ("<b a='1' c=\"2\">&", "&lt;b a=&#39;1&#39; c=&quot;2&quot;&gt;&amp;"),
        ("\u{600}<img\u{600}>", "\u{600}&lt;img\u{600}&gt;"),
        ("<\u{301}b>\u{301}", "&lt;\u{301}b&gt;\u{301}"),
        ("\u{110BD}<\u{200D}b", "\u{110BD}&lt;\u{200D}b"),
        ("\u{600}\"\u{600}'\u{600}&", "\u{600}&quot;\u{600}&#39;\u{600}&amp;"),
        ("\u{202E}x\u{2066}\u{0}", #"\u{202E}x\u{2066}\u{0}"#), ("a\r\n\tb", "a\r\n\tb"),
        ("漢 é 👩‍👧", "漢 é 👩‍👧"),
    ])
    func htmlHasNoTagOfTheText(text: String, html: String) {
        #expect(Array(text.escapedForHTML.unicodeScalars) == Array(html.unicodeScalars))
    }

    @Test(arguments: [
        ("a|b\u{600}|c|\u{301}", "a\\|b\u{600}\\|c\\|\u{301}"),
        ("a\nb\r\n| c", #"a\\nb\\r\\n\| c"#),
        ("<b>`x`*y*[z](u)&amp;~$", #"\<b\>\`x\`\*y\*\[z\](u)\&amp;\~\$"#),
        ("mawe_script", "mawe_script"), (#"\"#, #"\\"#),
    ])
    func markdownShowsTheText(text: String, markdown: String) {
        #expect(Array(text.escapedForMarkdown.unicodeScalars) == Array(markdown.unicodeScalars))
    }

    @Test(arguments: [
        ("paper", "`paper`"), ("a`b", "`` a`b ``"), ("``\u{301}", "``` ``\u{301} ```"),
        ("a\n# b", "`a\\n# b`"),
    ])
    func codeEndsAtItsFence(text: String, code: String) {
        #expect(Array(text.markdownCode.unicodeScalars) == Array(code.unicodeScalars))
    }
}
