/// The fields of a request in JSON: values of another type and unknown names are errors that name the field.
package struct RequestFields {
    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }

        init?(intValue: Int) { nil }
    }

    private let values: KeyedDecodingContainer<Key>
    private var known: Set<String> = []

    /// Opens a JSON object.
    package init(_ decoder: any Decoder) throws(InvalidField) {
        do {
            values = try decoder.container(keyedBy: Key.self)
        } catch {
            throw InvalidField("request", "must be a JSON object")
        }
    }

    /// Reads a field; `nil` where it is missing or null.
    ///
    /// - Throws: `InvalidField` for a value of another type.
    package mutating func read<Value: Decodable>(
        _ name: String, as type: Value.Type = Value.self
    ) throws(InvalidField) -> Value? {
        known.insert(name)
        do {
            return try values.decodeIfPresent(Value.self, forKey: Key(stringValue: name))
        } catch let error as InvalidField {
            throw error
        } catch {
            throw InvalidField(name, "must be \(Self.words(for: type))")
        }
    }

    /// Throws if there is a field that was not read.
    package func requireAllKnown() throws(InvalidField) {
        let unknown = values.allKeys.map(\.stringValue).filter { !known.contains($0) }.sorted()
        guard let name = unknown.first else { return }
        let nearest = known.sorted().nearest(to: name)
        throw InvalidField(
            name.oneLine,
            "is no field of this request" + (nearest.map { ". Did you mean \(field: $0)?" } ?? ""))
    }

    private static func words(for type: Any.Type) -> String {
        switch type {
        case is String.Type: "text"
        case is Bool.Type: "true or false"
        case is UInt64.Type: "a whole number from 0 to \(UInt64.max)"
        case is any BinaryInteger.Type: "a whole number"
        case is any BinaryFloatingPoint.Type: "a number"
        case let choices as any (CaseIterable & RawRepresentable<String>).Type:
            Self.names(choices).alternatives
        default: "as the documentation says"
        }
    }

    private static func names<Choice: CaseIterable & RawRepresentable<String>>(
        _ type: Choice.Type
    ) -> [String] { Choice.allCases.map(\.rawValue) }
}

extension Collection<String> {
    /// The words as alternatives: `a, b or c`.
    package var alternatives: String {
        let words = Array(self)
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }

    /// The word that differs in the fewest letters from another; `nil` where all differ in more than a third of them.
    package func nearest(to word: String) -> String? {
        let best = self.map { (word: $0, distance: Self.distance($0, word)) }
            .min { $0.distance < $1.distance }
        guard let best, best.distance <= Swift.max(word.count, best.word.count) / 3 + 1 else {
            return nil
        }
        return best.word
    }

    /// Letters to insert, remove or replace to make one word of another (Levenshtein's distance).
    private static func distance(_ first: String, _ second: String) -> Int {
        let (first, second) = (Array(first.prefix(100)), Array(second.prefix(100)))
        var row = Array(0...second.count)
        for (i, letter) in first.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in second.enumerated() {
                let replaced = diagonal + (letter == other ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = Swift.min(replaced, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[second.count]
    }
}
