/// One rule of byte-pair encoding: two neighbouring symbols that become one.
///
/// The rank of a rule is its place in the list of rules; lower ranks are applied first.
public struct BPEMerge: Sendable, Hashable {
    /// The symbol on the left, not empty.
    public let left: String
    /// The symbol on the right, not empty; it ends with `</w>` where a word ends.
    public let right: String

    /// Makes the rule that joins `left` and `right`.
    public init(left: String, right: String) {
        self.left = left
        self.right = right
    }
}
