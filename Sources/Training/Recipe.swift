public import Foundation
import Foundations
import Torch
import TorchNN

/// The stages of training, in their order.
public enum StageName: String, Codable, CaseIterable, Sendable {
    /// Pixels to latents and back.
    case autoencoder
    /// Text and image transformer, by contrastive loss.
    case clip
    /// The UNet's spatial layers, on single frames.
    case frames
    /// The whole UNet, on chunks.
    case chunks
    /// Conditional attention (CAM): short-term memory.
    case cam
    /// Appearance preservation (APM) with CAM: long-term memory.
    case apm
    /// Few steps without guidance: low-rank changes of the denoiser.
    case distillation
    /// The enhancer: twice the size, made sharp.
    case enhancer
}

/// How one stage is trained.
public struct StageSettings: Codable, Sendable, Hashable {
    /// Which stage.
    public var stage: StageName
    /// Optimizer steps.
    public var steps: Int
    /// Clips per step.
    public var batch: Int
    /// Highest learning rate; it rises over `warmup` steps, then falls along a cosine to a hundredth.
    public var learningRate: Double
    /// Steps in which the learning rate rises.
    public var warmup: Int
    /// Decay of the moving average that is shipped.
    public var averageDecay: Double
    /// Type of convolutions and matrix products.
    public var dtype: String
    /// Clips to choose from; 0 for a new one each time.
    public var clips: Int
    /// Steps between two validations and sample sheets.
    public var validateEvery: Int
    /// Steps between two checkpoints.
    public var checkpointEvery: Int
    /// Second decay of the optimizer.
    public var beta2: Double?
    /// Weight decay of the optimizer.
    public var weightDecay: Double?
    /// Autoencoder: whether the decoder alone learns, so that latents, and what was trained on them, stay valid.
    public var freezesEncoder: Bool?
    /// Autoencoder: share of the steps on frames of the enhancer's size instead of the recipe's; 0 if left out.
    public var largeShare: Double?
    /// CAM and APM: share of the steps that train the base alone, on text.
    ///
    /// All other steps then train it along with CAM and APM. Left out, the base is frozen.
    public var baseShare: Double?
    /// Chunks, CAM, APM and distillation: how much an error that changes over a clip's frames weighs; 1 if left out.
    ///
    /// The part of the error that is the same in all frames has weight 1.
    public var motionWeight: Double?
    /// Enhancer: share of the samples that are made of a clip's small video and shall become its sharp one; 0 if left out.
    ///
    /// The others are noise on the sharp clip itself, as in the release.
    public var coarseShare: Double?
    /// Enhancer: whether the last layers of the decoder learn too, as the enhancer's own.
    public var trainsDecoder: Bool?
    /// Distillation: rank of the changes; 8 if left out.
    public var rank: Int?
    /// Distillation: steps of a chunk; 4 if left out.
    public var studentSteps: Int?

    enum CodingKeys: String, CodingKey {
        case stage, steps, batch, warmup, dtype, clips, beta2
        case learningRate = "learning_rate"
        case averageDecay = "average_decay"
        case validateEvery = "validate_every"
        case checkpointEvery = "checkpoint_every"
        case weightDecay = "weight_decay"
        case freezesEncoder = "freeze_encoder"
        case largeShare = "large_share"
        case baseShare = "base_share"
        case motionWeight = "motion_weight"
        case coarseShare = "coarse_share"
        case trainsDecoder = "train_decoder"
        case rank
        case studentSteps = "student_steps"
    }

    /// The most steps of a stage, and clips to choose from.
    static let stepLimit = 100_000_000

    /// The learning rate of a step, counted from 0.
    public func rate(step: Int) -> Double {
        if step < warmup { return learningRate * Double(step + 1) / Double(warmup) }
        let progress = Double(step - warmup) / Double(max(steps - warmup, 1))
        let floor = 0.01
        return learningRate * (floor + (1 - floor) * (1 + cos(.pi * min(progress, 1))) / 2)
    }

    /// The type that `dtype` names, `nil` for single precision without casting.
    ///
    /// A processor that is not faster in bfloat16, such as one of Intel's without AMX, trains such a stage in single
    /// precision; the numbers of such a run differ from those of another.
    func autocast() throws(TrainingError) -> DType? {
        switch dtype {
        case "float32": return nil
        case "bfloat16": return Runtime.hasFastBFloat16 ? .bfloat16 : nil
        default:
            throw .invalidRecipe("dtype of stage \(stage.rawValue) must be float32 or bfloat16")
        }
    }

    func validate() throws(TrainingError) {
        let most = Self.stepLimit
        let numbers = [
            ("steps", steps, 1...most), ("batch", batch, 1...4096),
            ("validate_every", validateEvery, 1...most),
            ("checkpoint_every", checkpointEvery, 1...most), ("warmup", warmup, 0...most),
            ("clips", clips, 0...most),
        ]
        for (field, number, range) in numbers where !range.contains(number) {
            throw .invalidRecipe(
                "\(field) of stage \(stage.rawValue) must be from \(range.lowerBound) to "
                    + "\(range.upperBound), not \(number)")
        }
        guard learningRate > 0, learningRate < 1, averageDecay >= 0, averageDecay < 1 else {
            throw .invalidRecipe(
                "learning_rate of stage \(stage.rawValue) must be between 0 and 1, "
                    + "average_decay from 0 to below 1")
        }
        guard (0..<1).contains(beta2 ?? 0), (0...1).contains(weightDecay ?? 0) else {
            throw .invalidRecipe(
                "beta2 of stage \(stage.rawValue) must be from 0 to below 1, "
                    + "weight_decay from 0 to 1")
        }
        guard freezesEncoder != true || stage == .autoencoder else {
            throw .invalidRecipe("freeze_encoder is for the autoencoder, not \(stage.rawValue)")
        }
        if let largeShare {
            guard stage == .autoencoder else {
                throw .invalidRecipe("large_share is for the autoencoder, not \(stage.rawValue)")
            }
            guard (0...1).contains(largeShare) else {
                throw .invalidRecipe("large_share of stage autoencoder must be from 0 to 1")
            }
        }
        if let baseShare {
            guard stage == .cam || stage == .apm else {
                throw .invalidRecipe("base_share is for cam and apm, not \(stage.rawValue)")
            }
            guard baseShare > 0, baseShare < 1 else {
                throw .invalidRecipe(
                    "base_share of stage \(stage.rawValue) must be between 0 and 1; "
                        + "leave it out to freeze the base")
            }
        }
        if let motionWeight {
            guard [.chunks, .cam, .apm, .distillation].contains(stage) else {
                throw .invalidRecipe(
                    "motion_weight is for chunks, cam, apm and distillation, not \(stage.rawValue)")
            }
            guard motionWeight > 0, motionWeight <= 100 else {
                throw .invalidRecipe(
                    "motion_weight of stage \(stage.rawValue) must be above 0, at most 100")
            }
        }
        if let coarseShare {
            guard stage == .enhancer else {
                throw .invalidRecipe("coarse_share is for the enhancer, not \(stage.rawValue)")
            }
            guard (0...1).contains(coarseShare) else {
                throw .invalidRecipe("coarse_share of stage enhancer must be from 0 to 1")
            }
        }
        guard trainsDecoder != true || stage == .enhancer else {
            throw .invalidRecipe("train_decoder is for the enhancer, not \(stage.rawValue)")
        }
        for (field, value) in [("rank", rank), ("student_steps", studentSteps)] {
            guard let value else { continue }
            guard stage == .distillation else {
                throw .invalidRecipe("\(field) is for distillation, not \(stage.rawValue)")
            }
            guard (1...1000).contains(value) else {
                throw .invalidRecipe("\(field) of stage distillation must be from 1 to 1000")
            }
        }
        guard stage != .distillation || dtype == "float32" else {
            throw .invalidRecipe("dtype of stage distillation must be float32")
        }
        _ = try autocast()
    }

    var optimizer: AdamW.Configuration {
        var configuration = AdamW.Configuration()
        if let beta2 { configuration.beta2 = beta2 }
        if let weightDecay { configuration.weightDecay = weightDecay }
        return configuration
    }
}

/// A whole training: the world's size and seed, and the stages in order.
public struct Recipe: Codable, Sendable, Hashable {
    /// Seed of weights, noise and data.
    public var seed: UInt64
    /// Side of the frames, in pixels.
    public var size: Int
    /// Clips that every validation looks at; 64 where the file says nothing.
    public var validationClips: Int
    /// The stages.
    public var stages: [StageSettings]

    enum CodingKeys: String, CodingKey {
        case seed, size, stages
        case validationClips = "validation_clips"
    }

    /// The largest file that is read, in bytes.
    private static let sizeLimit = 1 << 20

    /// Decodes a recipe.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        seed = try values.decode(UInt64.self, forKey: .seed)
        size = try values.decode(Int.self, forKey: .size)
        validationClips = try values.decodeIfPresent(Int.self, forKey: .validationClips) ?? 64
        stages = try values.decode([StageSettings].self, forKey: .stages)
    }

    /// Reads and checks a recipe.
    ///
    /// - Throws: `TrainingError.invalidRecipe`, with the file and, where it is known, the field.
    public init(url: URL) throws {
        let data: Data
        do {
            data = try BoundedFile.contents(of: url, limit: Self.sizeLimit)
        } catch {
            throw TrainingError.invalidRecipe("\(url.path): \(error)")
        }
        do {
            self = try JSONDecoder().decode(Recipe.self, from: data)
        } catch {
            throw TrainingError.invalidRecipe(
                "\(url.path): \(Self.explanation(of: error, in: data))")
        }
        try validate()
    }

    func validate() throws(TrainingError) {
        // The autoencoder makes one latent of 8 pixels, the UNet halves those twice.
        guard (32...512).contains(size), size % 32 == 0 else {
            throw .invalidRecipe("size must be a multiple of 32 from 32 to 512, not \(size)")
        }
        guard (1...4096).contains(validationClips) else {
            throw .invalidRecipe("validation_clips must be from 1 to 4096, not \(validationClips)")
        }
        guard !stages.isEmpty else { throw .invalidRecipe("stages is empty") }
        guard Set(stages.map(\.stage)).count == stages.count else {
            throw .invalidRecipe("a stage occurs twice in stages")
        }
        for stage in stages { try stage.validate() }
    }

    /// A decoding error as one line with the field's name.
    private static func explanation(of error: any Error, in data: Data) -> String {
        func place(_ context: DecodingError.Context, _ key: (any CodingKey)? = nil) -> String {
            (context.codingPath + (key.map { [$0] } ?? []))
                .map { $0.intValue.map { "\($0)" } ?? $0.stringValue }.joined(separator: ".")
        }
        switch error {
        case DecodingError.keyNotFound(let key, let context):
            return "field '\(place(context, key))' is missing"
        case DecodingError.typeMismatch(_, let context),
            DecodingError.valueNotFound(_, let context):
            return "field '\(place(context))' has the wrong type"
        case DecodingError.dataCorrupted(let context):
            let field = place(context)
            if !field.isEmpty { return "field '\(field)': \(context.debugDescription)" }
            // Foundation calls JSON invalid in which a whole number has a sign or a fraction too much.
            return (try? JSONSerialization.jsonObject(with: data)) == nil
                ? "is not valid JSON"
                : "holds a number with a sign or a fraction where a whole one is needed"
        default:
            return "cannot be decoded (\(error))"
        }
    }
}
