import CTorch

// The modes are per thread, so their scopes are synchronous closures and never cross an `await`.

/// Runs `body` without recording operations for gradients.
public func withoutGradients<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
    let guardian = st_grad_mode_enter(false)
    defer { st_grad_mode_leave(guardian) }
    return try body()
}

/// Runs `body` in LibTorch's inference mode: faster, and its tensors can never take part in training.
public func withInferenceMode<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
    let guardian = st_inference_mode_enter()
    defer { st_inference_mode_leave(guardian) }
    return try body()
}

/// Runs `body` with convolutions and matrix products in `dtype`; other operations keep single precision.
///
/// With `nil` nothing changes.
public func withAutocast<Result, Failure: Error>(
    _ dtype: DType?, on device: Device = .cpu, _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
    guard let dtype else { return try body() }
    let guardian = st_autocast_enter(device.code.type, dtype.rawValue)
    defer { st_autocast_leave(guardian) }
    return try body()
}

extension Tensor {
    /// Whether operations on this tensor are recorded.
    public var requiresGradient: Bool { st_requires_grad(handle) }

    /// Switches recording on this leaf tensor on or off.
    public func setRequiresGradient(_ value: Bool) throws(TensorError) {
        try Operator.check(
            st_set_requires_grad(handle, value), name: "setRequiresGradient", shapes: [shape])
    }

    /// The gradient that backward passes have added up, or `nil`.
    public func gradient() throws(TensorError) -> Tensor? {
        var result: STTensor?
        try Operator.check(st_grad(handle, &result), name: "gradient", shapes: [shape])
        return result.map(Tensor.init(owning:))
    }

    /// Replaces the gradient; `nil` frees it.
    public func setGradient(_ gradient: Tensor?) throws(TensorError) {
        try Operator.check(
            st_set_grad(handle, gradient?.handle), name: "setGradient",
            shapes: [shape, gradient?.shape].compactMap(\.self))
    }

    /// Adds the gradients of this scalar to all leaves that require one.
    public func backward() throws(TensorError) {
        try Operator.check(st_backward(handle), name: "backward", shapes: [shape])
    }

    /// The same numbers outside of the recorded graph.
    public func detached() throws(TensorError) -> Tensor {
        try Operator.call("aten::detach", "", .tensor(self))
    }

    /// Overwrites the numbers of a parameter, for loading weights and optimizers.
    package func assign(_ source: Tensor) throws(TensorError) {
        try Operator.check(
            st_assign(handle, source.handle), name: "assign", shapes: [shape, source.shape])
    }

    /// One step of AdamW with the gradients of `values`, which are scaled down together to the L2 norm `gradientClip`
    /// and freed.
    ///
    /// - Parameters:
    ///   - values: parameters; those without a gradient stay as they are, with all that belongs to them.
    ///   - steps: for each a number, the steps that it has made.
    ///   - decays: β₁ and β₂.
    /// - Returns: the norm before, 0 where none has a gradient.
    package static func stepAdamW(
        _ values: [Tensor], firstMoments: [Tensor], secondMoments: [Tensor], steps: [Tensor],
        learningRate: Double, decays: (Double, Double), epsilon: Double, weightDecay: Double,
        gradientClip: Double
    ) throws(TensorError) -> Double {
        var settings = STAdamW(
            beta1: decays.0, beta2: decays.1, epsilon: epsilon, weight_decay: weightDecay,
            gradient_clip: gradientClip)
        var norm = 0.0
        let status = withExtendedLifetime((values, firstMoments, secondMoments, steps)) {
            st_adamw(
                values.map { Optional($0.handle) }, firstMoments.map { Optional($0.handle) },
                secondMoments.map { Optional($0.handle) }, steps.map { Optional($0.handle) },
                Int64(values.count), &settings, learningRate, &norm)
        }
        try Operator.check(status, name: "adamw", shapes: [])
        return norm
    }
}
