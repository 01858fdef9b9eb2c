import Torch
import TorchNN

/// One step of the refinement: a hidden state and what is known make a better hidden state and a change of the flow.
///
/// Source: Teed and Deng, RAFT, section "Iterative Updates".
final class RAFTUpdateBlock: Module {
    /// Channels of the hidden state and of the context.
    static let hiddenChannels = 128

    let motionEncoder: RAFTMotionEncoder
    let recurrentBlock: RAFTRecurrentBlock
    let flowHead: RAFTFlowHead

    init() {
        motionEncoder = RAFTMotionEncoder()
        recurrentBlock = RAFTRecurrentBlock(
            inputs: Self.hiddenChannels + RAFTMotionEncoder.outputChannels,
            hidden: Self.hiddenChannels)
        flowHead = RAFTFlowHead(inputs: Self.hiddenChannels)
    }

    /// - Parameters:
    ///   - hidden: `[N, 128, h, w]`.
    ///   - context: `[N, 128, h, w]`.
    ///   - correlations: `[N, 324, h, w]`.
    ///   - flow: `[N, 2, h, w]`.
    /// - Returns: the new hidden state and the change of the flow.
    func callAsFunction(
        _ hidden: Tensor, context: Tensor, correlations: Tensor, flow: Tensor
    ) throws(TensorError) -> (hidden: Tensor, change: Tensor) {
        let motion = try motionEncoder(flow, correlations: correlations)  // [N, 128, h, w]
        let state = try recurrentBlock(
            hidden, input: Tensor.concatenated([context, motion], axis: 1))
        return (state, try flowHead(state))
    }
}

/// Flow and correlations as features.
final class RAFTMotionEncoder: Module {
    /// Channels of the result, of which the last two are the flow itself.
    static let outputChannels = 128

    let correlation1: Convolution2D
    let correlation2: Convolution2D
    let flow1: Convolution2D
    let flow2: Convolution2D
    let output: Convolution2D

    init() {
        correlation1 = Convolution2D(CorrelationPyramid.channels, 256, kernel: 1)
        correlation2 = Convolution2D(256, 192)
        flow1 = Convolution2D(2, 128, kernel: 7)
        flow2 = Convolution2D(128, 64)
        output = Convolution2D(192 + 64, Self.outputChannels - 2)
    }

    func callAsFunction(_ flow: Tensor, correlations: Tensor) throws(TensorError) -> Tensor {
        let fits = try correlation2(correlation1(correlations).relu()).relu()  // [N, 192, h, w]
        let moves = try flow2(flow1(flow).relu()).relu()  // [N, 64, h, w]
        let mixed = try output(Tensor.concatenated([fits, moves], axis: 1)).relu()
        return try Tensor.concatenated([mixed, flow], axis: 1)  // [N, 128, h, w]
    }
}

/// A convolutional GRU along the rows and one along the columns.
final class RAFTRecurrentBlock: Module {
    let rows: ConvolutionalGRU
    let columns: ConvolutionalGRU

    init(inputs: Int, hidden: Int) {
        rows = ConvolutionalGRU(inputs: inputs, hidden: hidden, kernelSize: (1, 5))
        columns = ConvolutionalGRU(inputs: inputs, hidden: hidden, kernelSize: (5, 1))
    }

    func callAsFunction(_ hidden: Tensor, input: Tensor) throws(TensorError) -> Tensor {
        try columns(rows(hidden, input: input), input: input)
    }
}

/// A gated recurrent unit whose products are convolutions.
final class ConvolutionalGRU: Module {
    let updateGate: Convolution2D
    let resetGate: Convolution2D
    let candidate: Convolution2D

    /// - Parameter kernelSize: odd numbers of rows and columns.
    init(inputs: Int, hidden: Int, kernelSize: (rows: Int, columns: Int)) {
        let gate = {
            Convolution2D(
                hidden + inputs, hidden, kernelSize: kernelSize,
                padding: (kernelSize.rows / 2, kernelSize.columns / 2))
        }
        updateGate = gate()
        resetGate = gate()
        candidate = gate()
    }

    /// `[N, hidden, h, w]` and `[N, inputs, h, w]` to a new hidden state.
    func callAsFunction(_ hidden: Tensor, input: Tensor) throws(TensorError) -> Tensor {
        let both = try Tensor.concatenated([hidden, input], axis: 1)
        let update = try updateGate(both).sigmoid()
        let reset = try resetGate(both).sigmoid()
        let kept = try Tensor.concatenated([reset * hidden, input], axis: 1)
        let proposal = try candidate(kept).hyperbolicTangent()
        return try hidden - update * hidden + update * proposal
    }
}

/// The change of the flow that a hidden state stands for.
final class RAFTFlowHead: Module {
    let conv1: Convolution2D
    let conv2: Convolution2D

    init(inputs: Int) {
        conv1 = Convolution2D(inputs, 256)
        conv2 = Convolution2D(256, 2)
    }

    func callAsFunction(_ hidden: Tensor) throws(TensorError) -> Tensor {
        try conv2(conv1(hidden).relu())
    }
}
