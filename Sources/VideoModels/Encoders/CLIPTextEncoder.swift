public import Torch
public import TorchNN

/// Sizes of the text transformer; decodes the published `text_encoder/config.json`.
public struct CLIPTextConfiguration: Codable, Sendable, Hashable {
    /// The activation of the feed-forward layers.
    public enum Activation: String, Codable, Sendable {
        /// Exact GELU.
        case gelu
        /// `x · sigmoid(1.702 x)`.
        case quickGELU = "quick_gelu"
    }

    /// Width of a token.
    public var hiddenSize = 1024
    /// Layers.
    public var layers = 23
    /// Attention heads.
    public var heads = 16
    /// Width of the feed-forward layers' middle.
    public var intermediateSize = 4096
    /// Entries of the vocabulary.
    public var vocabularySize = 49408
    /// Longest sequence.
    public var contextLength = 77
    /// Activation of the feed-forward layers.
    public var activation = Activation.gelu
    /// Epsilon of the layer norms.
    public var layerNormEpsilon = 1e-5
    /// Width of the projection for contrastive training, or `nil` where the model has none.
    public var projectionDimension: Int?

    enum CodingKeys: String, CodingKey {
        case hiddenSize = "hidden_size"
        case layers = "num_hidden_layers"
        case heads = "num_attention_heads"
        case intermediateSize = "intermediate_size"
        case vocabularySize = "vocab_size"
        case contextLength = "max_position_embeddings"
        case activation = "hidden_act"
        case layerNormEpsilon = "layer_norm_eps"
        case projectionDimension = "text_projection_dim"
    }

    /// The sizes of ModelScope's text encoder.
    public init() {}

    /// Throws if no network can have these sizes.
    public func validate() throws(ConfigurationError) {
        try ConfigurationError.require([
            ("hidden_size", hiddenSize, SizeLimits.channels),
            ("num_hidden_layers", layers, SizeLimits.layers),
            ("num_attention_heads", heads, SizeLimits.heads),
            ("intermediate_size", intermediateSize, SizeLimits.middleChannels),
            ("vocab_size", vocabularySize, SizeLimits.vocabulary),
            ("max_position_embeddings", contextLength, SizeLimits.tokens),
            ("text_projection_dim", projectionDimension ?? 1, SizeLimits.channels),
        ])
        guard hiddenSize % heads == 0 else {
            throw .invalid(field: "hidden_size", rule: "must be a multiple of num_attention_heads")
        }
        guard layerNormEpsilon > 0, layerNormEpsilon.isFinite else {
            throw .invalid(field: "layer_norm_eps", rule: "must be a positive number")
        }
    }
}

/// CLIP's text transformer.
///
/// Source: transformers `CLIPTextModel`; causal mask, no padding mask.
public final class CLIPTextEncoder: Module {
    final class Embeddings: Module {
        let tokenEmbedding: Embedding
        let positionEmbedding: Embedding

        init(_ configuration: CLIPTextConfiguration) {
            tokenEmbedding = Embedding(
                entries: configuration.vocabularySize, features: configuration.hiddenSize)
            positionEmbedding = Embedding(
                entries: configuration.contextLength, features: configuration.hiddenSize,
                deviation: 0.01)
        }
    }

    final class Layer: Module {
        let layerNorm1: LayerNorm
        let selfAttention: Attention
        let layerNorm2: LayerNorm
        let fc1: Linear
        let fc2: Linear
        private let activation: CLIPTextConfiguration.Activation

        init(_ configuration: CLIPTextConfiguration) {
            let width = configuration.hiddenSize
            layerNorm1 = LayerNorm(width, epsilon: configuration.layerNormEpsilon)
            selfAttention = Attention(
                channels: width, heads: configuration.heads,
                headDimension: width / configuration.heads, bias: true)
            layerNorm2 = LayerNorm(width, epsilon: configuration.layerNormEpsilon)
            fc1 = Linear(width, configuration.intermediateSize)
            fc2 = Linear(configuration.intermediateSize, width)
            activation = configuration.activation
        }

        func callAsFunction(_ tokens: Tensor) throws(TensorError) -> Tensor {
            let attended = try tokens + selfAttention(layerNorm1(tokens), isCausal: true)
            let inner = try fc1(layerNorm2(attended))
            let active = activation == .gelu ? try inner.gelu() : try inner.quickGELU()
            return try attended + fc2(active)
        }
    }

    let embeddings: Embeddings
    let layers: [Layer]
    let finalLayerNorm: LayerNorm
    let textProjection: Linear?

    /// Sizes of the network.
    public let configuration: CLIPTextConfiguration

    /// A network of these sizes.
    public init(_ configuration: CLIPTextConfiguration) {
        self.configuration = configuration
        embeddings = Embeddings(configuration)
        layers = (0..<configuration.layers).map { _ in Layer(configuration) }
        finalLayerNorm = LayerNorm(
            configuration.hiddenSize, epsilon: configuration.layerNormEpsilon)
        textProjection = configuration.projectionDimension.map {
            Linear(configuration.hiddenSize, $0, bias: false)
        }
    }

    /// Embeds token numbers `[B, N]` (int64): the last hidden state after the final norm, `[B, N, D]`.
    public func callAsFunction(_ tokens: Tensor) throws(TensorError) -> Tensor {
        let length = tokens.shape[1]
        let positions = try embeddings.positionEmbedding.weight.value.slice(0, 0..<length)
        var hidden = try embeddings.tokenEmbedding(tokens) + positions
        for layer in layers { hidden = try layer(hidden) }
        return try finalLayerNorm(hidden)
    }

    /// How much each state `[B, N, D]` speaks for each entry of the vocabulary, `[B·N, V]`, by its embedding.
    public func wordScores(_ states: Tensor) throws(TensorError) -> Tensor {
        try states.reshaped(-1, states.shape[2])
            .linear(embeddings.tokenEmbedding.weight.value, nil)
    }

    /// The state at each text's end token, `[B, D]`, which has seen the whole text.
    ///
    /// - Parameters:
    ///   - states: what ``callAsFunction(_:)`` returned.
    ///   - ends: position of the end token of each text.
    public func endStates(_ states: Tensor, ends: [Int]) throws(TensorError) -> Tensor {
        var rows: [Tensor] = []
        for (index, end) in ends.enumerated() {
            rows.append(try states.selected(0, index).selected(0, end))
        }
        return try Tensor.stacked(rows, axis: 0)
    }

    /// End states `[B, D]` as contrastive training compares them with images, `[B, P]`.
    public func pooled(_ endStates: Tensor) throws(TensorError) -> Tensor {
        try textProjection?(endStates) ?? endStates
    }
}
