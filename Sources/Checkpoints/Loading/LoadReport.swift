public import Foundations

/// How the tensors of a checkpoint compare with the parameters of a model.
public struct LoadReport: Sendable, Hashable {
    /// A tensor whose sizes are not those that the model needs.
    public struct MisShaped: Sendable, Hashable {
        /// What the model needs.
        public let expected: ParameterSlot
        /// The sizes in the checkpoint.
        public let actual: [Int]
    }

    /// Parameters without a tensor, sorted by key.
    public let missing: [ParameterSlot]
    /// Tensors that no parameter uses and that may not remain, sorted by name.
    public let unused: [CheckpointEntry]
    /// Parameters whose tensor has another shape, sorted by key.
    public let misShaped: [MisShaped]
    /// How many parameters found a tensor of their shape.
    public let matchedCount: Int
    /// What the checkpoint seems to be.
    public let contents: CheckpointContents?
    /// What it should be, if that is known.
    public let wanted: CheckpointContents?

    /// Compares.
    ///
    /// - Parameters:
    ///   - expected: all parameters of the model.
    ///   - available: all tensors of the checkpoint.
    ///   - keyMap: says which tensors may be left over: those outside of its prefix, which belong
    ///     to other modules, and those it ignores.
    public init(
        expected: [ParameterSlot], available: [String: CheckpointEntry],
        keyMap: CheckpointKeyMap = CheckpointKeyMap()
    ) {
        let expected = expected.sorted { ($0.key, $0.modulePath) < ($1.key, $1.modulePath) }
        missing = expected.filter { available[$0.key] == nil }
        misShaped = expected.compactMap { slot in
            guard let entry = available[slot.key], entry.shape != slot.shape else { return nil }
            return MisShaped(expected: slot, actual: entry.shape)
        }
        let keys = Set(expected.map(\.key))
        // Beside nothing of its own even what belongs to other modules tells what the checkpoint is.
        let isForeign = !available.keys.contains(where: keyMap.hasPrefix)
        unused = available.values
            .filter { !keys.contains($0.name) && (isForeign || !keyMap.mayRemain($0.name)) }
            .sorted { $0.name < $1.name }
        matchedCount = expected.count - missing.count - misShaped.count
        contents = CheckpointContents(names: available.keys)
        wanted = keyMap.contents
    }

    /// Whether each parameter has its tensor and nothing else is there.
    public var isClean: Bool { missing.isEmpty && unused.isEmpty && misShaped.isEmpty }

    /// Refuses a checkpoint that does not fit, with everything that does not fit in one message.
    ///
    /// - Throws: `CheckpointError.mismatch`.
    public func throwIfNotClean(file: String) throws(CheckpointError) {
        guard isClean else { throw .mismatch(file: file, report: self) }
    }

    /// What does not fit, at most ten lines of each kind, and what to do about it.
    public var summary: FailureText {
        guard !isClean else { return "all \(matchedCount) tensors fit the model." }
        var lines = [
            "does not fit the model: \(missing.count) missing, \(unused.count) unused, "
                + "\(misShaped.count) of another shape, \(matchedCount) fit."
        ]
        lines += Self.list("missing", missing) {
            "\($0.key.oneLine) \($0.shape), needed by \($0.modulePath)"
        }
        lines += Self.list("unused", unused) {
            "\($0.name.oneLine) \($0.shape) \($0.type.rawValue)"
        }
        lines += Self.list("of another shape", misShaped) {
            "\($0.expected.key.oneLine) is \($0.actual), "
                + "\($0.expected.modulePath) needs \($0.expected.shape)"
        }
        return lines.reduce("") { "\($0)\($1)\n" } + advice
    }

    private var advice: FailureText {
        let fitsNowhere = matchedCount == 0 && misShaped.isEmpty
        if missing.isEmpty, unused.isEmpty {
            return "All names agree but not all sizes: use the config.json that came with these "
                + "weights, or the folder with both."
        }
        guard fitsNowhere || contents != nil && wanted != nil && contents != wanted else {
            return
                "Check that weights and config.json come from the same model and the same version; "
                + "a weight file without one is read with the published sizes."
        }
        let found: FailureText =
            contents.map { "this seems to be \($0.title), \($0.use)." }
            ?? "this is the checkpoint of another model, or its names have another prefix. Check "
            + "the path of the model."
        let needed = wanted.flatMap { wanted in
            wanted.source.map { " Needed is \(wanted.title): \($0)." }
        }
        return "\(fitsNowhere ? "No name agrees" : "Not all names agree"): \(found)\(needed ?? "")"
    }

    private static func list<Item>(
        _ title: String, _ items: [Item], line: (Item) -> String
    ) -> [String] {
        let limit = 10
        var lines = items.prefix(limit).map { "  \(title): \(line($0))" }
        if items.count > limit { lines.append("  … and \(items.count - limit) more \(title)") }
        return lines
    }
}

extension CheckpointContents {
    /// What it can be used for, as the end of a sentence.
    fileprivate var use: FailureText {
        guard let place else { return "which no part of a model is loaded from" }
        let given: FailureText = field.map { " or is given with \(field: $0)" } ?? ""
        return "which belongs into the folder \(place)/ of a model\(given)"
    }
}
