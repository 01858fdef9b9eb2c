import Foundations

/// Makes the first bytes of a safetensors file: length, JSON text, padding to eight bytes.
///
/// - Returns: the bytes, and how many bytes of tensors have to follow.
func safetensorsHeader(
    of tensors: [TensorDeclaration], metadata: [String: String], path: String
) throws(CheckpointError) -> (bytes: [UInt8], dataLength: Int) {
    var members: [String] = []
    if !metadata.isEmpty {
        let notes = metadata.sorted { $0.key < $1.key }
            .map { "\(jsonString($0.key)):\(jsonString($0.value))" }
        members.append("\"__metadata__\":{\(notes.joined(separator: ","))}")
    }
    var names: Set<String> = ["__metadata__"]
    var end = 0
    for tensor in tensors {
        guard names.insert(tensor.name).inserted else {
            throw .unwritable(file: path, reason: "the name \(tensor.name.quoted) is taken twice")
        }
        guard tensor.shape.count <= SafetensorsHeader.rankLimit,
            let byteCount = tensor.type.byteCount(of: tensor.shape),
            case let (sum, overflow) = end.addingReportingOverflow(byteCount), !overflow
        else {
            throw .unwritable(
                file: path, reason: "\(tensor.name.quoted) has no possible shape \(tensor.shape)")
        }
        let shape = tensor.shape.map(String.init).joined(separator: ",")
        members.append(
            "\(jsonString(tensor.name)):{\"dtype\":\"\(tensor.type.rawValue)\","
                + "\"shape\":[\(shape)],\"data_offsets\":[\(end),\(sum)]}")
        end = sum
    }
    var text = Array("{\(members.joined(separator: ","))}".utf8)
    text += [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
    guard text.count <= SafetensorsHeader.lengthLimit,
        !end.addingReportingOverflow(text.count + 8).overflow
    else {
        throw .unwritable(file: path, reason: "names and metadata are too long for the header")
    }
    let length = UInt64(text.count)
    let prefix = (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) }
    return (prefix + text, end)
}

/// Writes a JSON string; only what has to be escaped is.
private func jsonString(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case _ where scalar.value < 0x20:
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
