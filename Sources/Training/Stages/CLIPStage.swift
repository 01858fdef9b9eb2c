import Foundation
import StreamingT2V
import Tokenizers
import Torch
import TorchNN
import VideoIO
import VideoModels

/// Trains text and image transformer together: each frame shall be nearest to its own caption and the other way round.
///
/// A single frame says little of speed and direction, and the text transformer would drop the words for them. So each
/// position shall also tell its own word, and the end token, which fills most of the denoiser's context, all words of its
/// caption.
///
/// Source: Radford et al., Learning Transferable Visual Models From Natural Language Supervision, section "Selecting an
/// Efficient Pre-Training Method".
final class CLIPStage: TrainingStage {
    /// What only the losses need: the temperature of the similarities, as a logarithm, and the reader of the end token.
    final class Heads: Module {
        let logitScale = Parameter([], .constant(log(1 / 0.07)))
        let captionWords: Linear

        init(_ text: CLIPTextConfiguration) {
            captionWords = Linear(text.hiddenSize, text.vocabularySize)
        }
    }

    struct Sample {
        let frame: RGBFrame
        let ids: [Int]
        let caption: String
    }

    let frameCount = 1
    let text: CLIPTextEncoder
    let image: CLIPImageEncoder
    private let heads: Heads
    let tokenizer: CLIPTokenizer
    private let autocast: DType?

    init(
        text: CLIPTextEncoder, image: CLIPImageEncoder, tokenizer: CLIPTokenizer,
        settings: StageSettings, seed: UInt64
    ) throws {
        self.text = text
        self.image = image
        heads = Heads(text.configuration)
        try heads.initialize(seed: seed)
        self.tokenizer = tokenizer
        autocast = try settings.autocast()
    }

    var trainable: [(path: String, parameter: Parameter)] {
        text.parameters().map { ("text.\($0.path)", $0.parameter) }
            + image.parameters().map { ("image.\($0.path)", $0.parameter) }
            + heads.parameters()
    }

    func sample(_ clip: TrainingClip) throws -> Sample {
        guard let frame = clip.frames.first else {
            throw TrainingError.invalidData("a clip has no frames")
        }
        return Sample(
            frame: frame, ids: try tokenizer.encode(clip.caption).ids, caption: clip.caption)
    }

    let isSeparable = false  // each frame is compared with all captions

    func loss(_ samples: [Sample], step: Int, firstSlot: Int) throws -> Tensor {
        let (similarities, words) = try withAutocast(autocast) { try compare(samples) }
        let classes = try Tensor.range(samples.count, dtype: .int64)
        let rows = try similarities.crossEntropy(classes: classes)
        let columns = try similarities.transposed(0, 1).crossEntropy(classes: classes)
        return try (rows + columns) / 2 + words
    }

    /// Frame against caption, times the temperature, `[N, N]`; and how badly words are told, each by its own position
    /// and all by the end token.
    private func compare(
        _ samples: [Sample]
    ) throws -> (similarities: Tensor, wordLoss: Tensor) {
        let images = try Tensor.images(samples.map(\.frame))
        let frames = try unit(image(image.preprocess(images)))
        // Positions behind the longest text cannot act on those before, so they are left out.
        let ends = samples.map { $0.ids.firstIndex(of: tokenizer.endIdentifier) ?? 0 }
        let length = (ends.max() ?? 0) + 1
        let ids = try Tensor(
            samples.flatMap { $0.ids.prefix(length).map(Int64.init) },
            shape: [samples.count, length])
        let states = try text(ids)
        let endStates = try text.endStates(states, ends: ends)
        let captions = try unit(text.pooled(endStates))
        let product = try frames.multiplied(by: captions.transposed(0, 1))
        let words = try text.wordScores(states).converted(to: .float32)
            .crossEntropy(classes: ids.reshaped(-1))
        let named = try heads.captionWords(endStates).converted(to: .float32)
            .crossEntropy(shares: wordShares(samples))
        return try (product * heads.logitScale.value.exponential(), words + named)
    }

    /// `[N, V]`: each word of a caption has an equal share of its row.
    private func wordShares(_ samples: [Sample]) throws(TensorError) -> Tensor {
        let size = text.configuration.vocabularySize
        var shares = [Float](repeating: 0, count: samples.count * size)
        for (row, sample) in samples.enumerated() {
            let end = sample.ids.firstIndex(of: tokenizer.endIdentifier) ?? 0
            let words = sample.ids.prefix(end).dropFirst()  // without the token that starts it
            for word in words { shares[row * size + word] += 1 / Float(words.count) }
        }
        return try Tensor(shares, shape: [samples.count, size])
    }

    private func unit(_ vectors: Tensor) throws(TensorError) -> Tensor {
        let vectors = try vectors.converted(to: .float32)
        return try vectors / vectors.squared().sum([1], keepDimensions: true).squareRoot()
    }

    /// Share of frames whose own caption is the nearest of all, and of captions whose own frame is.
    func validate(_ samples: [Sample]) throws -> [String: Double] {
        try withoutGradients {
            let (similarities, words) = try compare(samples)
            // Captions that agree word for word count as one.
            func share(_ nearest: [Int64]) -> Double {
                let right = nearest.enumerated().filter {
                    samples[$0.offset].caption == samples[Int($0.element)].caption
                }
                return Double(right.count) / Double(samples.count)
            }
            return [
                "text_retrieval": share(try similarities.argmax(1).values()),
                "image_retrieval": share(try similarities.argmax(0).values()),
                "word_loss": try words.item(),
            ]
        }
    }

    /// The validation frames in the order of their similarity to the first one's caption.
    func sampleSheet(_ clips: [TrainingClip]) throws -> RGBFrame {
        try withoutGradients {
            let samples = try clips.map(sample)
            let scores: [Float] = try compare(samples).similarities.transposed(0, 1).selected(0, 0)
                .values()
            let order = scores.indices.sorted { scores[$0] > scores[$1] }
            return ContactSheet.make(
                frames: order.prefix(16).map { samples[$0].frame }, columns: 8, scale: 2,
                labels: nil)
        }
    }

    func export(to folder: ModelFolder, figures: [String: Double]) throws {
        try folder.save(text.configuration, of: .textEncoder)
        try folder.save(text.namedTensors(.textEncoder()), of: .textEncoder)
        try folder.save(image.configuration, of: .imageEncoder)
        let scale = try [("logit_scale", heads.logitScale.value)]
        try folder.save(image.namedTensors(.imageEncoder()) + scale, of: .imageEncoder)
        try FileManager.default.createDirectory(
            at: folder.folder(.tokenizer), withIntermediateDirectories: true)
        try tokenizer.write(to: folder.folder(.tokenizer))
    }
}
