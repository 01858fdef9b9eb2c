public import VideoModels

/// How the chunks of a long video are made to agree where they overlap.
///
/// In the frames that chunk `i − 1` and chunk `i` share, all before a seam come from chunk `i − 1` and all behind it from
/// chunk `i`; a policy says where the seams are in each step of the solver.
///
/// Source: Henschel et al., StreamingT2V, section "Randomized Blending" and its ablation.
public struct BlendingPolicy: Sendable, Hashable {
    /// Where chunks meet.
    public enum Seam: Sendable, Hashable {
        /// Each chunk is enhanced alone, with noise of its own; the results meet in the middle of the overlap.
        case independent
        /// Chunks share their noise and meet at the same place in every step: after so many frames of the overlap.
        case fixed(Int)
        /// As the paper says: of `O` shared frames, 0 to `O` come from the later chunk, drawn anew in every step.
        case randomizedPaper
        /// As the release does it: 0 to `O − 1` shared frames come from the earlier chunk.
        ///
        /// So the last shared frame is always the later chunk's.
        case randomizedCode
    }

    /// What is put together from the chunks in each step.
    public enum Quantity: String, Codable, Sendable, CaseIterable {
        /// The network's predictions; the solver's step follows on the whole video, as in the release.
        case prediction
        /// The samples behind the solver's step, as in the paper and the release's I2VGen-XL loop.
        ///
        /// A solver that remembers its last prediction remembers each chunk's own.
        case sample
    }

    /// Where chunks meet.
    public var seam: Seam
    /// What is put together.
    public var quantity: Quantity

    /// A policy; the release's, unless told otherwise.
    public init(seam: Seam = .randomizedCode, quantity: Quantity = .prediction) {
        self.seam = seam
        self.quantity = quantity
    }

    /// The paper's randomized blending.
    public static let paper = BlendingPolicy(seam: .randomizedPaper, quantity: .sample)
    /// The release's randomized blending.
    public static let code = BlendingPolicy()
    /// The randomized blending of the release's I2VGen-XL loop.
    public static let imageToVideo = BlendingPolicy(seam: .randomizedCode, quantity: .sample)

    /// Whether chunks are parts of one noisy video.
    public var sharesNoise: Bool { seam != .independent }

    /// Throws if chunks with `overlap` shared frames cannot meet like this.
    public func validate(overlap: Int) throws(ConfigurationError) {
        guard case .fixed(let offset) = seam, !(0...overlap).contains(offset) else { return }
        throw .invalid(
            field: "seam", rule: "must be from 0 to the overlap of \(overlap) frames, not \(offset)"
        )
    }

    /// How many frames of the overlap the earlier chunk gives, from 0 to `overlap`.
    ///
    /// - Parameters:
    ///   - step: the solver's step.
    ///   - boundary: number of the later chunk; the first chunk has no seam.
    public func offset(
        overlap: Int, step: Int, boundary: Int, from source: some SeamSource
    ) -> Int {
        guard boundary > 0, overlap > 0 else { return 0 }
        switch seam {
        case .independent: return overlap / 2
        case .fixed(let offset): return offset
        case .randomizedPaper:
            return overlap - source.draw(below: overlap + 1, step: step, boundary: boundary)
        case .randomizedCode:
            return source.draw(below: overlap, step: step, boundary: boundary)
        }
    }
}
