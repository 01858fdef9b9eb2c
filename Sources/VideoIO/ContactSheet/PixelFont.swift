/// A font of 3 × 5 pixels for labels; small letters are drawn as capitals.
enum PixelFont {
    static let height = 5
    static let advance = 4

    /// Rows from top to bottom, one octal digit each: 4 is the left pixel, 1 the right one.
    private static let glyphs: [Character: StaticString] = [
        "0": "75557", "1": "26227", "2": "71747", "3": "71717", "4": "55711", "5": "74717",
        "6": "74757", "7": "71244", "8": "75757", "9": "75717",
        "A": "25755", "B": "65656", "C": "34443", "D": "65556", "E": "74647", "F": "74644",
        "G": "34553", "H": "55755", "I": "72227", "J": "11152", "K": "55655", "L": "44447",
        "M": "57755", "N": "65555", "O": "25552", "P": "65644", "Q": "25563", "R": "65655",
        "S": "34216", "T": "72222", "U": "55557", "V": "55552", "W": "55775", "X": "55255",
        "Y": "55222", "Z": "71247",
        ".": "00002", ",": "00024", ":": "02020", "-": "00700", "+": "02720", "/": "11244",
        "%": "51245", "#": "57575", "=": "07070", "_": "00007", "(": "12221", ")": "42224",
        "?": "71202", "!": "22202", "'": "22000", " ": "00000",
    ]

    /// The lit pixels of a text, as columns and rows from its upper left corner; characters that
    /// the font lacks appear as `?`.
    static func pixels(of text: String) -> [(column: Int, row: Int)] {
        var lit: [(column: Int, row: Int)] = []
        for (index, character) in text.uppercased().enumerated() {
            let rows = (glyphs[character] ?? "71202").description.utf8
            for (row, digit) in rows.enumerated() {
                for column in 0..<3 where digit & (4 >> UInt8(column)) != 0 {
                    lit.append((index * advance + column, row))
                }
            }
        }
        return lit
    }
}
