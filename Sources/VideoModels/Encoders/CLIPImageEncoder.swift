public import Torch
public import TorchNN

/// Sizes of the image transformer (`image_encoder/config.json`).
public struct CLIPImageConfiguration: Codable, Sendable, Hashable {
    /// Side of the input, in pixels.
    public var imageSize = 224
    /// Side of a patch, in pixels.
    public var patchSize = 14
    /// Width of a token.
    public var width = 1280
    /// Layers.
    public var layers = 32
    /// Attention heads.
    public var heads = 16
    /// Width of the feed-forward layers' middle, as a multiple of `width`.
    public var mlpRatio = 4.0
    /// Width of the embedding.
    public var outputDimension = 1024

    enum CodingKeys: String, CodingKey {
        case imageSize = "image_size"
        case patchSize = "patch_size"
        case width, layers, heads
        case mlpRatio = "mlp_ratio"
        case outputDimension = "output_dim"
    }

    /// The sizes of OpenCLIP ViT-H-14.
    public init() {}

    /// Throws if no network can have these sizes.
    public func validate() throws(ConfigurationError) {
        try ConfigurationError.require([
            ("image_size", imageSize, SizeLimits.side),
            ("patch_size", patchSize, SizeLimits.side), ("width", width, SizeLimits.channels),
            ("layers", layers, SizeLimits.layers), ("heads", heads, SizeLimits.heads),
            ("output_dim", outputDimension, SizeLimits.channels),
        ])
        guard imageSize % patchSize == 0 else {
            throw .invalid(field: "image_size", rule: "must be a multiple of patch_size")
        }
        guard width % heads == 0 else {
            throw .invalid(field: "width", rule: "must be a multiple of heads")
        }
        guard mlpRatio > 0, mlpRatio <= 64 else {
            throw .invalid(field: "mlp_ratio", rule: "must be above 0 and at most 64")
        }
    }
}

/// CLIP's image transformer, which embeds the anchor frame.
///
/// Source: OpenCLIP `VisionTransformer`: class token, norms before and after, projection.
public final class CLIPImageEncoder: Module {
    /// Attention whose three input projections are one weight, as OpenCLIP stores them.
    final class PackedAttention: Module {
        let inProjectionWeight: Parameter
        let inProjectionBias: Parameter
        let outProjection: Linear
        private let heads: Int

        init(width: Int, heads: Int) {
            inProjectionWeight = Parameter([3 * width, width], .uniform(fanIn: width))
            inProjectionBias = Parameter([3 * width], .zeros)
            outProjection = Linear(width, width)
            self.heads = heads
        }

        func callAsFunction(_ tokens: Tensor) throws(TensorError) -> Tensor {
            let (b, n, width) = try tokens.shape3()
            let all = try tokens.linear(inProjectionWeight.value, inProjectionBias.value)
                .reshaped(b, n, 3, heads, width / heads).permuted(2, 0, 3, 1, 4)
            let query = try all.selected(0, 0)  // [B, heads, N, D]
            let mixed = try query.attention(
                key: all.selected(0, 1), value: all.selected(0, 2))
            return try outProjection(mixed.transposed(1, 2).reshaped(b, n, width))
        }
    }

    final class Layer: Module {
        let norm1: LayerNorm
        let attention: PackedAttention
        let norm2: LayerNorm
        let fc: Linear
        let projection: Linear

        init(_ configuration: CLIPImageConfiguration) {
            let width = configuration.width
            let inner = Int(Double(width) * configuration.mlpRatio)
            norm1 = LayerNorm(width)
            attention = PackedAttention(width: width, heads: configuration.heads)
            norm2 = LayerNorm(width)
            fc = Linear(width, inner)
            projection = Linear(inner, width)
        }

        func callAsFunction(_ tokens: Tensor) throws(TensorError) -> Tensor {
            let attended = try tokens + attention(norm1(tokens))
            return try attended + projection(fc(norm2(attended)).gelu())
        }
    }

    let conv1: Convolution2D
    let classEmbedding: Parameter
    let positionalEmbedding: Parameter
    let normPre: LayerNorm
    let layers: [Layer]
    let normPost: LayerNorm
    let projection: Parameter

    /// Sizes of the network.
    public let configuration: CLIPImageConfiguration

    /// A network of these sizes.
    public init(_ configuration: CLIPImageConfiguration) {
        self.configuration = configuration
        let width = configuration.width
        let side = configuration.imageSize / configuration.patchSize
        conv1 = Convolution2D(
            3, width, kernel: configuration.patchSize, stride: configuration.patchSize,
            padding: 0, bias: false)
        let deviation = 1 / Double(width).squareRoot()
        classEmbedding = Parameter([width], .normal(deviation))
        positionalEmbedding = Parameter([side * side + 1, width], .normal(deviation))
        normPre = LayerNorm(width)
        layers = (0..<configuration.layers).map { _ in Layer(configuration) }
        normPost = LayerNorm(width)
        projection = Parameter([width, configuration.outputDimension], .normal(deviation))
    }

    /// Embeds preprocessed images `[N, 3, S, S]`: `[N, E]`, not normalised to unit length.
    public func callAsFunction(_ images: Tensor) throws(TensorError) -> Tensor {
        let patches = try conv1(images)
        let count = patches.shape[0]
        let tokens = try patches.pixelsAsTokens()  // [N, patches, width]
        let first = try classEmbedding.value.reshaped(1, 1, -1).expanded(count, -1, -1)
        var hidden = try Tensor.concatenated([first, tokens], axis: 1) + positionalEmbedding.value
        hidden = try normPre(hidden)
        for layer in layers { hidden = try layer(hidden) }
        return try normPost(hidden.selected(1, 0)).multiplied(by: projection.value)
    }

    /// Resizes images `[N, 3, H, W]` with values in [−1, 1] and normalises their colours as CLIP was trained.
    public func preprocess(_ images: Tensor) throws(TensorError) -> Tensor {
        try ImagePreprocessing.prepare(images, size: configuration.imageSize)
    }
}
