import Foundations
import Testing

/// Guards that look at scalars, where a `Character` would hide what they look for.
@Suite struct ScalarTests {
    @Test func splitsWhereASeparatorCombines() {
        #expect("a\u{600}/../b".split(at: "/") == ["a\u{600}", "..", "b"])
        #expect("a/\u{301}b".split(at: "/") == ["a", "\u{301}b"])
        #expect("a\r\nb\n".split(at: "\n", omittingEmpty: false) == ["a\r", "b", ""])
        #expect("0::a:b".split(at: ":", maxSplits: 2, omittingEmpty: false) == ["0", "", "a:b"])
        #expect("\u{600}/".holds("/") && !"a".holds("/"))
    }

    @Test(arguments: [
        ("a/", "a"), ("a\u{600}//", "a\u{600}"), ("/", "/"), ("//", "/"), ("", ""), ("a/b", "a/b"),
    ])
    func slashesAtTheEndGo(path: String, expected: String) {
        #expect(path.withoutTrailingSlashes == expected)
        #expect(expected == "/" || !expected.endsWithSlash)
        #expect("a\u{600}/".endsWithSlash)
    }

    @Test(arguments: [
        "../a", "a/../b", "\u{600}/../a", "a\u{110BD}/..", "/etc", "/\u{301}etc", "..",
    ])
    func pathsThatLeaveTheirFolder(path: String) { #expect(!path.isInsideFolder) }

    @Test(arguments: ["a", "a/b.c", "..a/b..", "\u{600}..", "a/..\u{301}"])
    func pathsThatStay(path: String) { #expect(path.isInsideFolder) }

    @Test func blankTextHasNoMark() {
        #expect("".isBlank && " \n\t\u{2003}".isBlank && !" \u{301}".isBlank && !"a".isBlank)
    }
}
