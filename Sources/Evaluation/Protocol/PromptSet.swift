import Foundation
import Foundations

/// Prompts that a study makes videos of, in a fixed order.
public struct PromptSet: Sendable, Hashable {
    /// `paper`, `journeys`, or the file.
    public let name: String
    /// The prompts; at least one, none empty.
    public let prompts: [String]

    /// The largest file that is read, in bytes.
    private static let sizeLimit = 16 << 20

    init(name: String, prompts: [String]) {
        self.name = name
        self.prompts = prompts
    }

    /// A set by its name, or what a file holds.
    ///
    /// - Parameter name: `paper`, `journeys`, or the path of a file: JSON with an array of strings if it ends in
    ///   `.json`, else text with a prompt per line, whose empty lines do not count.
    /// - Throws: `EvaluationError.notPrompts`.
    public init(named name: String) throws(EvaluationError) {
        if let known = [Self.paper, .journeys].first(where: { $0.name == name }) {
            self = known
            return
        }
        func refuse(_ reason: String) -> EvaluationError {
            .notPrompts(file: name, reason: reason)
        }
        let url = URL(fileURLWithPath: name)
        let data: Data
        do {
            data = try BoundedFile.contents(of: url, limit: Self.sizeLimit)
        } catch {
            throw refuse("\(error)")
        }
        var found: [String]
        if url.pathExtension.lowercased() == "json" {
            do { found = try JSONDecoder().decode([String].self, from: data) } catch {
                throw refuse("it is no JSON array of strings")
            }
        } else {
            guard let text = String(data: data, encoding: .utf8) else {
                throw refuse("it is not UTF-8")
            }
            found = text.split(whereSeparator: \.isNewline).map {
                $0.trimmingCharacters(in: .whitespaces)
            }.filter { !$0.isEmpty }
        }
        guard !found.isEmpty else { throw refuse("it has no prompt") }
        if let empty = found.firstIndex(where: \.isBlank) {
            throw refuse("prompt \(empty + 1) is empty")
        }
        self.init(name: name, prompts: found)
    }
}
