import Foundation
import Foundations
import VideoModels

extension ModelFolder {
    /// Decodes a configuration file; what is wrong with it is said in one line with the field's name.
    func decode<Value: Decodable>(_ type: Value.Type, at file: URL) throws -> Value {
        try decode(type, contents(of: file), file: file)
    }

    /// Decodes one member of the object in a configuration file, or gives nil if it has none of that name.
    func decode<Value: Decodable>(
        _ type: Value.Type, under name: String, at file: URL
    ) throws -> Value? {
        let data = try contents(of: file)
        let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any]
        guard let object else {
            throw ConfigurationError.unreadable(
                file: file.path, reason: "does not hold a JSON object")
        }
        guard let member = object[name] else { return nil }
        guard JSONSerialization.isValidJSONObject(member) else {
            throw ConfigurationError.unreadable(
                file: file.path, reason: "field '\(name)' has the wrong type")
        }
        return try decode(
            type, JSONSerialization.data(withJSONObject: member), file: file)
    }

    /// The largest configuration file that is read, in bytes.
    private static let sizeLimit = 1 << 20

    private func contents(of file: URL) throws -> Data {
        do {
            return try BoundedFile.contents(of: file, limit: Self.sizeLimit)
        } catch {
            throw ConfigurationError.unreadable(
                file: file.path, reason: "\(error). Check the model's folder.")
        }
    }

    private func decode<Value: Decodable>(
        _ type: Value.Type, _ data: Data, file: URL
    ) throws -> Value {
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch {
            throw ConfigurationError.unreadable(
                file: file.path, reason: Self.explanation(of: error, type, data))
        }
    }

    private static func explanation<Value: Decodable>(
        of error: any Error, _ type: Value.Type, _ data: Data
    ) -> String {
        func place(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
            (context.codingPath + (key.map { [$0] } ?? [])).map(\.stringValue)
                .joined(separator: ".")
        }
        switch error {
        case DecodingError.keyNotFound(let key, let context):
            return "field '\(place(context, key))' is missing"
        case DecodingError.typeMismatch(_, let context),
            DecodingError.valueNotFound(_, let context):
            let field = place(context)
            return field.isEmpty
                ? "does not hold a JSON object" : "field '\(field)' has the wrong type"
        case DecodingError.dataCorrupted(let context):
            let field = place(context)
            if !field.isEmpty {
                return "field '\(field)' has an unknown value (\(context.debugDescription))"
            }
            return numberThatDoesNotFit(type, data)
                .map { "field '\($0)' has a number that does not fit" } ?? "is not valid JSON"
        default:
            return "cannot be decoded (\(error))"
        }
    }

    /// The field with a number that its type cannot hold, as 4.5 for a count.
    ///
    /// `JSONDecoder` calls such a file invalid JSON and names no field: it is the one without which the complaint ends.
    private static func numberThatDoesNotFit<Value: Decodable>(
        _ type: Value.Type, _ data: Data
    ) -> String? {
        guard let object = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
            return nil
        }
        return object.keys.sorted().first { key in
            var rest = object
            rest[key] = nil
            guard let data = try? JSONSerialization.data(withJSONObject: rest) else { return false }
            do {
                _ = try JSONDecoder().decode(type, from: data)
                return true
            } catch DecodingError.dataCorrupted(let context) {
                return !context.codingPath.isEmpty
            } catch {
                return true
            }
        }
    }
}
