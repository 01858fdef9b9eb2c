import Foundation
import Foundations

/// The only way to standard output and standard error.
///
/// Text is given line by line, and each line is made visible: what a prompt, a file or a program
/// holds can neither drive a terminal nor begin a line. The sequences that rewrite the line of
/// progress are added after that.
enum Terminal {
    /// Whether somebody watches standard error.
    static var isInteractive: Bool { isatty(STDERR_FILENO) == 1 }

    /// Writes one line to standard error.
    static func message(_ line: String) { write(line.visible + "\n") }

    /// Writes lines to standard output; a reader that has seen enough, as `head`, is no error.
    ///
    /// - Throws: ``ClosedOutput``.
    static func print(_ lines: [String]) throws {
        do throws(ClosedOutput) {
            try output(lines.map { $0.visible + "\n" }.joined())
        } catch  where error.code == EPIPE {
        }
    }

    /// Writes Markdown to standard output, in which text from outside has been escaped.
    ///
    /// - Throws: ``ClosedOutput``.
    static func print(markdown: String) throws {
        var lines = markdown.split(at: "\n", omittingEmpty: false)
        if lines.last == "" { lines.removeLast() }
        try print(lines)
    }

    /// Writes JSON to standard output; in its strings, unsafe characters become escapes of JSON.
    ///
    /// - Throws: ``ClosedOutput``.
    static func output(_ json: Data) throws {
        let text = String(decoding: json, as: UTF8.self)
        try output(
            text.unicodeScalars.reduce(into: "") { text, scalar in
                // Below 0x7F the encoder has escaped them; what is there is the layout.
                if scalar.value >= 0x7F, scalar.isUnsafeToShow {
                    for unit in String(scalar).utf16 { text += String(format: "\\u%04x", unit) }
                } else {
                    text.unicodeScalars.append(scalar)
                }
            })
    }

    private static func output(_ text: String) throws(ClosedOutput) {
        var remainder = Array(text.utf8)[...]
        while !remainder.isEmpty {
            let count = remainder.withUnsafeBytes {
                Foundation.write(STDOUT_FILENO, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw ClosedOutput(code: errno) }
            remainder = remainder.dropFirst(count)
        }
    }

    private static func write(_ text: String) {
        // Who closed it does not want to read it; the work goes on.
        try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
    }

    /// Nobody reads standard output any more, or the file that it is has no room.
    struct ClosedOutput: Failure {
        var kind: FailureKind { .writeFailed }

        /// The `errno` of the write.
        let code: Int32

        var description: String {
            "standard output cannot be written; files that were made are complete. Read it to its end."
        }
    }

    /// Rewrites the progress line; into a file only whole lines are written.
    static func progress(_ line: String, isFinal: Bool) {
        if isInteractive {
            write("\r\u{1B}[2K" + line.visible + (isFinal ? "\n" : ""))
        } else if isFinal {
            message(line)
        }
    }

    /// Leaves the progress line as it is; what follows begins a new one.
    static func endProgress() {
        if isInteractive { write("\n") }
    }

    /// A bar of 20 cells.
    static func bar(_ share: Double) -> String {
        let filled = Int((min(max(share, 0), 1) * 20).rounded())
        return String(repeating: "█", count: filled) + String(repeating: "░", count: 20 - filled)
    }

    /// `1:05`, or `2:03:20`.
    static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 360_000 else { return "–" }
        let total = Int(seconds.rounded())
        let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return hours > 0 ? "\(hours):\(two(minutes)):\(two(rest))" : "\(minutes):\(two(rest))"
    }

    static func number(_ value: Double, decimals: Int = 1) -> String {
        String(format: "%.\(decimals)f", value)
    }

    /// A number of at most three digits before the point, and its unit: `5.65 GB`.
    static func amount(_ number: Int, _ unit: String = "") -> String {
        var value = Double(number)
        var prefix = ""
        // 999,995 would be rounded to 1000.00 k.
        for next in ["k", "M", "G", "T", "P", "E"] where value >= (prefix.isEmpty ? 1000 : 999.995)
        {
            (value, prefix) = (value / 1000, next)
        }
        let digits = Self.number(value, decimals: prefix.isEmpty ? 0 : 2)
        return (prefix + unit).isEmpty ? digits : "\(digits) \(prefix)\(unit)"
    }

    /// Writes a value on standard output as JSON, its names with underscores.
    static func printJSON(_ value: some Encodable) throws {
        try printJSON(value, [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    }

    /// The same in one line, for programs that read line by line.
    static func printJSONLine(_ value: some Encodable) throws {
        try printJSON(value, [.sortedKeys, .withoutEscapingSlashes])
    }

    private static func printJSON(
        _ value: some Encodable, _ formatting: JSONEncoder.OutputFormatting
    ) throws {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = formatting
        try output(encoder.encode(value) + Data("\n".utf8))
    }
}
