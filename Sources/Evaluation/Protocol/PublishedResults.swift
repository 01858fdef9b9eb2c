/// Numbers of the paper, to be set beside one's own.
///
/// Source: Henschel et al., StreamingT2V, sections "Experiments" and "Ablation Studies", and supplement.
public struct PublishedResults: Codable, Sendable, Hashable {
    /// A row of Table 1: means over 50 prompts, 240 frames each.
    public struct Method: Codable, Sendable, Hashable {
        /// The method's name.
        public let name: String
        /// Motion-aware warp error; lower is better.
        public let mawe: Double
        /// Scene cuts per video; lower is better.
        public let sceneCuts: Double
        /// CLIP score, higher is better, of a CLIP model that the paper does not name.
        public let clipScore: Double

        enum CodingKeys: String, CodingKey {
            case name, mawe
            case sceneCuts = "scene_cuts"
            case clipScore = "clip_score"
        }

        init(_ name: String, _ mawe: Double, _ sceneCuts: Double, _ clipScore: Double) {
            (self.name, self.mawe) = (name, mawe)
            (self.sceneCuts, self.clipScore) = (sceneCuts, clipScore)
        }
    }

    /// StreamingT2V over the length of a video.
    public struct Moment: Codable, Sendable, Hashable {
        /// Frames of the video up to here.
        public let frames: Int
        /// Motion-aware warp error.
        public let mawe: Double
        /// CLIP score.
        public let clipScore: Double

        enum CodingKeys: String, CodingKey {
            case frames, mawe
            case clipScore = "clip_score"
        }

        init(_ frames: Int, _ mawe: Double, _ clipScore: Double) {
            (self.frames, self.mawe, self.clipScore) = (frames, mawe, clipScore)
        }
    }

    /// A variant of an ablation: means over 75 prompts that are not published.
    public struct Ablation: Codable, Sendable, Hashable {
        /// What is left out or replaced.
        public let study: String
        /// The variant.
        public let variant: String
        /// What was measured, with the direction that is better.
        public let quantity: String
        /// The number.
        public let value: Double

        init(_ study: String, _ variant: String, _ quantity: String, _ value: Double) {
            (self.study, self.variant) = (study, variant)
            (self.quantity, self.value) = (quantity, value)
        }
    }

    /// Table 1, in the paper's order.
    public let tableOne: [Method]
    /// Stability over the length.
    public let stability: [Moment]
    /// Ablations.
    public let ablations: [Ablation]

    enum CodingKeys: String, CodingKey {
        case stability, ablations
        case tableOne = "table1"
    }

    /// All numbers.
    public static let all = PublishedResults(
        tableOne: [
            Method("SparseCtrl", 6069.7, 5.48, 29.32),
            Method("I2VGen-XL", 2846.4, 0.4, 27.28),
            Method("DynamiCrafter-XL", 176.7, 1.3, 27.79),
            Method("SEINE", 718.9, 0.28, 30.13),
            Method("SVD", 857.2, 1.1, 23.95),
            Method("FreeNoise", 1298.4, 0, 31.55),
            Method("OpenSora 1.2", 1165.7, 0.16, 31.54),
            Method("OpenSoraPlan 1.2", 72.9, 0.24, 29.34),
            Method("StreamingT2V", 52.3, 0.04, 31.73),
        ],
        stability: [
            Moment(120, 43.25, 32.45), Moment(140, 46.92, 32.30), Moment(160, 46.79, 32.16),
            Moment(180, 45.79, 32.02), Moment(200, 45.84, 31.89), Moment(220, 45.84, 31.79),
        ],
        ablations: [
            Ablation("conditioning", "concatenated channels", "SCuts ↓", 0.24),
            Ablation("conditioning", "added features", "SCuts ↓", 0.284),
            Ablation("conditioning", "CAM, without APM", "SCuts ↓", 0.03),
            Ablation("appearance", "without APM", "face re-identification ×100 ↑", 93.42),
            Ablation("appearance", "with APM", "face re-identification ×100 ↑", 94.95),
            Ablation("appearance", "without APM", "LPIPS ↓", 0.192),
            Ablation("appearance", "with APM", "LPIPS ↓", 0.151),
            Ablation("enhancer", "independent chunks", "flow deviation ↓", 8.72),
            Ablation("enhancer", "shared noise", "flow deviation ↓", 6.01),
            Ablation("enhancer", "randomized blending", "flow deviation ↓", 3.32),
        ])
}
