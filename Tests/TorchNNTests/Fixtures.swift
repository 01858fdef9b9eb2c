import TestSupport
import Torch
import TorchNN

extension Module {
    /// Replaces all parameters by reproducible numbers in double precision, for gradient checks.
    func fillWithDoubles(seed: UInt64) throws {
        for (index, entry) in parameters().enumerated() {
            try entry.parameter.load(sample(entry.parameter.shape, seed: seed + UInt64(index)))
        }
    }
}

/// A small image network with a layer of each kind that has weights.
final class SmallNetwork: Module {
    let convolution = Convolution2D(3, 8)
    let norm = GroupNorm(groups: 2, channels: 8)
    let linear = Linear(8, 4)

    /// `[N, 3, H, W]` to `[N, 4]`.
    func callAsFunction(_ images: Tensor) throws(TensorError) -> Tensor {
        try linear(norm(convolution(images)).silu().mean([2, 3]))
    }
}
