public import Torch
public import TorchNN

/// The second attention of a transformer block: to a context, or without one to the tokens themselves.
public final class ContextAttention: Module {
    let attention: Attention
    /// The appearance preservation module's part in this layer (APM), where there is one.
    let mixing: AnchorMixing?

    /// See ``TransformerBlock``.
    public init(
        channels: Int, contextChannels: Int?, heads: Int, headDimension: Int,
        mixing: AnchorMixing.Sizes?
    ) {
        attention = Attention(
            channels: channels, contextChannels: contextChannels, heads: heads,
            headDimension: headDimension)
        self.mixing = mixing.map(AnchorMixing.init)
    }

    /// Attends from `tokens` `[B·F, N, C]` to the context of their video.
    ///
    /// All frames of a video see the same context, so the frames' tokens are one long row of queries and keys and
    /// values are made once per video.
    public func callAsFunction(
        _ tokens: Tensor, context: AttentionContext?
    ) throws(TensorError) -> Tensor {
        guard let context else { return try attention(tokens) }
        let (n, length, channels) = try tokens.shape3()
        let batch = context.tokens.shape[0]
        let pair = try context.keysAndValues(of: self)
        let rows = try tokens.reshaped(batch, n / batch * length, channels)
        return try attention.attend(rows, to: pair).reshaped(n, length, channels)
    }

    /// The context that keys and values are made from: text, with the anchor mixed in if it has image tokens.
    public func mixedContext(_ tokens: Tensor) throws(TensorError) -> Tensor {
        guard let mixing else { return tokens }
        return try mixing(tokens)
    }
}

/// Text tokens, or text and image tokens, that cross-attention looks at.
///
/// With `isCached`, each layer makes its keys and values of it once; that is exact as long as weights stay the same.
public final class AttentionContext {
    /// `[B, L, D]`.
    public let tokens: Tensor
    private let isCached: Bool
    private var lastAlone: AttentionContext?
    private var cache: [ObjectIdentifier: (key: Tensor, value: Tensor)] = [:]

    /// A context for one or, if cached, many evaluations.
    public init(_ tokens: Tensor, isCached: Bool = false) {
        self.tokens = tokens
        self.isCached = isCached
    }

    /// The context of the last row alone, `[1, L, D]`.
    public func lastRow() throws(TensorError) -> AttentionContext {
        if let lastAlone { return lastAlone }
        let count = tokens.shape[0]
        let row = AttentionContext(try tokens.slice(0, count - 1..<count), isCached: isCached)
        if isCached { lastAlone = row }
        return row
    }

    func keysAndValues(
        of layer: ContextAttention
    ) throws(TensorError) -> (key: Tensor, value: Tensor) {
        if let pair = cache[ObjectIdentifier(layer)] { return pair }
        let pair = try layer.attention.keysAndValues(of: layer.mixedContext(tokens))
        if isCached { cache[ObjectIdentifier(layer)] = pair }
        return pair
    }
}
