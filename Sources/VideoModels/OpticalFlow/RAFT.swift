public import Torch
public import TorchNN

/// Optical flow by recurrent all-pairs field transforms: the large network, as in torchvision's `raft_large`.
///
/// Source: Teed and Deng, RAFT: Recurrent All-Pairs Field Transforms for Optical Flow.
public final class RAFT: Module {
    let featureEncoder: RAFTEncoder
    let contextEncoder: RAFTEncoder
    let updateBlock: RAFTUpdateBlock
    let upsampling: ConvexUpsampling

    /// Sides of the frames have to be multiples of this, in pixels.
    public static let sideDivisor = ConvexUpsampling.factor
    /// The smallest side that the coarsest scale of the correlations leaves two positions of, in pixels.
    public static let smallestSide = 128
    /// Refinements of the published flow.
    public static let standardUpdates = 12

    /// The network without weights: 5,257,536 of them with the statistics of the batch norms left out.
    public init() {
        featureEncoder = RAFTEncoder(.instance)
        contextEncoder = RAFTEncoder(.batch)
        updateBlock = RAFTUpdateBlock()
        upsampling = ConvexUpsampling(inputs: RAFTUpdateBlock.hiddenChannels)
    }

    /// The motion from `first` to `second`.
    ///
    /// Only the last refinement is brought to the full size; torchvision, made for training, does it with each.
    ///
    /// - Parameters:
    ///   - first: `[N, 3, H, W]` with values in [−1, 1]; both sides multiples of 8 from 128.
    ///   - second: the same shape.
    ///   - updates: number of refinements, at least 1.
    /// - Returns: `[N, 2, H, W]`, (u, v) in pixels.
    /// - Throws: `TensorError.shapeMismatch` for other shapes.
    public func callAsFunction(
        _ first: Tensor, _ second: Tensor, updates: Int = standardUpdates
    ) throws(TensorError) -> Tensor {
        precondition(updates >= 1, "without a refinement there is no flow")
        let (n, channels, height, width) = try first.shape4()
        guard channels == 3, [height, width].allSatisfy(Self.canWork(onSide:)) else {
            throw .shapeMismatch(
                place: "RAFT",
                expected:
                    "[N, 3, H, W], both sides multiples of \(Self.sideDivisor) from \(Self.smallestSide)",
                actual: first.shape)
        }
        guard second.shape == first.shape else {
            throw .shapeMismatch(
                place: "RAFT", expected: "two images of shape \(first.shape)",
                actual: second.shape)
        }
        let features = try featureEncoder(Tensor.concatenated([first, second], axis: 0))
            .split(into: 2, axis: 0)  // [N, 256, h, w] each
        let pyramid = try CorrelationPyramid(features[0], features[1])
        let context = try contextEncoder(first).split(into: 2, axis: 1)  // [N, 128, h, w] each
        var hidden = try context[0].hyperbolicTangent()
        let known = try context[1].relu()

        let (h, w) = (height / Self.sideDivisor, width / Self.sideDivisor)
        let start = try positions(h, w, device: first.device).expanded(n, 2, h, w)
        var current = start
        for _ in 0..<updates {
            let (state, change) = try updateBlock(
                hidden, context: known, correlations: pyramid.around(current),
                flow: current - start)
            hidden = state
            current = try current + change
        }
        return try upsampling(current - start, state: hidden)
    }

    /// Whether a side of this length, in pixels, can be worked on.
    public static func canWork(onSide side: Int) -> Bool {
        side >= smallestSide && side % sideDivisor == 0
    }

    /// `[1, 2, h, w]`, x and y of every position.
    private func positions(_ h: Int, _ w: Int, device: Device) throws(TensorError) -> Tensor {
        let x = try Tensor.range(w, device: device).reshaped(1, w).expanded(h, w)
        let y = try Tensor.range(h, device: device).reshaped(h, 1).expanded(h, w)
        return try Tensor.stacked([x, y], axis: 0).expandedDimension(at: 0)
    }
}
