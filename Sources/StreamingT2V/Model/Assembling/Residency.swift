/// Which networks stay in memory while a video is made; results are the same bits whichever it is.
public enum Residency: Sendable, Hashable {
    /// All: the fastest for many videos.
    case kept
    /// Each until its part is done: a text transformer until the prompts are encoded, the first chunk's UNet until the
    /// second chunk, the image transformer until the anchor is encoded.
    case staged
    /// Those that work at the moment; all others are read again when they are needed.
    case offloaded
}

extension Residency {
    /// Whether a network that has worked stays in memory while others work.
    func keeps(_ part: Part, beside wanted: Set<Part.ID>) -> Bool {
        switch (self, part.lifetime) {
        case (.kept, _), (.staged, .always): true
        case (.offloaded, _), (.staged, .whileUsed): false
        case (.staged, .until(let successors)): wanted.isDisjoint(with: successors)
        }
    }
}
