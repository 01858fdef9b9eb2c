/// How the names of a published checkpoint follow from the property paths of our modules.
///
/// The map is a table of two columns, ours and theirs, and reads like the checkpoint's own index:
///
///     CheckpointKeyMap(
///         prefix: "base_model",
///         .rename("downBlocks", to: "down_blocks"),
///         .rename("tempConvs.*.conv2.conv", to: "temp_convs.*.conv2.3"),
///         .rename("toOut", to: "to_out.0"),
///         .ignore("base_model.position_ids"))
///
///     downBlocks.0.tempConvs.1.conv2.conv.weight
///     base_model.down_blocks.0.temp_convs.1.conv2.3.weight
///
/// A path is read from left to right in whole components. Where a rule matches, its right side is
/// written and reading goes on behind the match; where none does, the component is copied. `*`
/// stands for exactly one component, and the stars of both sides correspond in order. Where several
/// rules match, the longest one applies; two rules of the same length that could match the same
/// components are refused, so the order of the table never matters. `store` rows say which
/// parameters the checkpoint keeps in another form; see ``StoredForm``.
public struct CheckpointKeyMap: Sendable {
    /// One row of the table.
    public enum Rule: Sendable, Hashable {
        /// Components of a module path, and what the checkpoint calls them.
        case rename(_ modulePath: String, to: String)
        /// The last components of module paths, and how the checkpoint stores those parameters: `*` is one component,
        /// and where several patterns match, the longest one applies.
        case store(_ modulePathEnd: String, as: StoredForm)
        /// Whole checkpoint keys that may be left over: `*` is one component, `**` at the end is
        /// any number of further ones, at least one.
        case ignore(_ checkpointKey: String)
    }

    /// The first components of every key, without a dot at the end; empty for none.
    public let prefix: String
    /// What a checkpoint of this layout is, for messages about one that does not fit.
    public private(set) var contents: CheckpointContents?

    private let renames: [Rename]
    private let ignored: [[Substring]]
    private let forms: [(end: [Substring], form: StoredForm)]

    private struct Rename {
        let source: [Substring]
        let target: [Substring]
    }

    /// Makes a map from its table.
    ///
    /// - Parameters:
    ///   - prefix: first components of every key, such as `base_model`.
    ///   - rules: the table in any order.
    /// - Precondition: patterns have no empty components, both sides of a row have the same number
    ///   of `*`, and no two rows of the same length can match the same components.
    public init(prefix: String = "", _ rules: Rule...) {
        self.init(prefix: prefix, rules: rules)
    }

    /// Makes a map from its table; see `init(prefix:_:)`.
    public init(prefix: String = "", rules: [Rule]) {
        let fault = Self.fault(prefix: prefix, rules: rules)
        precondition(fault == nil, fault ?? "")
        self.prefix = prefix
        var renames: [Rename] = []
        var ignored: [[Substring]] = []
        var forms: [(end: [Substring], form: StoredForm)] = []
        for rule in rules {
            switch rule {
            case .rename(let source, let target):
                renames.append(Rename(source: components(source), target: components(target)))
            case .ignore(let key):
                ignored.append(components(key))
            case .store(let end, let form):
                forms.append((components(end), form))
            }
        }
        self.forms = forms.sorted { $0.end.count > $1.end.count }
        self.renames = renames.sorted { $0.source.count > $1.source.count }
        self.ignored = ignored
    }

    /// Makes a map from pairs of patterns; see `init(prefix:_:)`.
    ///
    /// - Parameters:
    ///   - prefix: first components of every key.
    ///   - rules: pairs of our name and theirs.
    ///   - ignored: checkpoint keys that may be left over.
    public init(prefix: String = "", rules: [(String, String)], ignored: [String] = []) {
        self.init(
            prefix: prefix,
            rules: rules.map { .rename($0, to: $1) } + ignored.map { .ignore($0) })
    }

    /// The same map, said to be that of such checkpoints.
    func of(_ contents: CheckpointContents) -> CheckpointKeyMap {
        var map = self
        map.contents = contents
        return map
    }

    /// What the checkpoint calls the parameter at `modulePath`.
    public func checkpointKey(for modulePath: String) -> String {
        var rest = components(modulePath)[...]
        var key = prefix.isEmpty ? [] : [Substring(prefix)]
        while let first = rest.first {
            if let rule = renames.first(where: { matches($0.source, rest) }) {
                var starred = zip(rule.source, rest).filter { $0.0 == "*" }.map(\.1)[...]
                key += rule.target.map { $0 == "*" ? starred.popFirst() ?? $0 : $0 }
                rest = rest.dropFirst(rule.source.count)
            } else {
                key.append(first)
                rest = rest.dropFirst()
            }
        }
        return key.joined(separator: ".")
    }

    /// How the checkpoint stores the parameter at `modulePath`.
    public func form(of modulePath: String) -> StoredForm {
        let path = components(modulePath)
        return forms.first { matches($0.end, path.suffix($0.end.count)) }?.form ?? .asIs
    }

    /// Whether a checkpoint key lies under the prefix.
    func hasPrefix(_ checkpointKey: String) -> Bool {
        prefix.isEmpty || components(checkpointKey).starts(with: components(prefix))
    }

    /// Whether a checkpoint key may be left over: it lies outside of `prefix` or is ignored.
    public func mayRemain(_ checkpointKey: String) -> Bool {
        let key = components(checkpointKey)
        if !hasPrefix(checkpointKey) { return true }
        return ignored.contains { pattern in
            guard pattern.last == "**" else {
                return key.count == pattern.count && matches(pattern, key[...])
            }
            let fixed = pattern.dropLast()
            return key.count > fixed.count && matches(Array(fixed), key[...])
        }
    }

    /// What is wrong with a table, or nil.
    static func fault(prefix: String, rules: [Rule]) -> String? {
        var sources: [String] = []
        var ends: [String] = []
        if !prefix.isEmpty, !isPattern(prefix) || prefix.contains("*") {
            return "prefix \"\(prefix)\" is not a list of components without '*'"
        }
        for rule in rules {
            switch rule {
            case .rename(let source, let target):
                for side in [source, target] where !isPattern(side) {
                    return "\"\(side)\" is not a dotted pattern of names and '*'"
                }
                if stars(source) != stars(target) {
                    return "\"\(source)\" and \"\(target)\" differ in the number of '*'"
                }
                for other in sources where collide(source, other) {
                    return "\"\(source)\" and \"\(other)\" can match the same components"
                }
                sources.append(source)
            case .store(let end, _):
                if !isPattern(end) { return "\"\(end)\" is not a dotted pattern of names and '*'" }
                for other in ends where collide(end, other) {
                    return "\"\(end)\" and \"\(other)\" can match the same components"
                }
                ends.append(end)
            case .ignore(let key):
                let fixed = key.hasSuffix(".**") ? String(key.dropLast(3)) : key
                if key != "**", !isPattern(fixed) {
                    return "\"\(key)\" is not a dotted pattern with '*' and a last '**'"
                }
            }
        }
        return nil
    }

    private static func isPattern(_ text: String) -> Bool {
        components(text).allSatisfy { $0 == "*" || !$0.isEmpty && !$0.contains("*") }
    }

    private static func stars(_ text: String) -> Int { components(text).count { $0 == "*" } }

    /// Whether patterns of equal length can match the same components.
    private static func collide(_ left: String, _ right: String) -> Bool {
        let (left, right) = (components(left), components(right))
        return left.count == right.count
            && zip(left, right).allSatisfy { $0 == $1 || $0 == "*" || $1 == "*" }
    }
}

private func components(_ path: String) -> [Substring] {
    path.split(separator: ".", omittingEmptySubsequences: false)
}

/// Whether `path` begins with components that `pattern` stands for.
private func matches(_ pattern: [Substring], _ path: ArraySlice<Substring>) -> Bool {
    path.count >= pattern.count && zip(pattern, path).allSatisfy { $0 == "*" || $0 == $1 }
}
