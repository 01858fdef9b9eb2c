import Torch

/// The kernel of LibTorch that a layer's speed is a multiple of.
enum Reference {
    /// A product of 2048 rows, 640 numbers to 640, with weights in their plain order.
    case product
    /// The sum of two tensors of this shape.
    case addition([Int])

    /// The kernel with its inputs.
    func workload() throws -> Workload {
        let generator = RandomGenerator(seed: 2)
        switch self {
        case .product:
            let (rows, width) = (2048, 640)
            let input = try generator.normal([rows, width], .data)
            let weight = try generator.normal([width, width], .initialization)
            return Workload(rows * width * width) { try input.linear(weight, nil) }
        case .addition(let shape):
            let left = try generator.normal(shape, .data)
            let right = try generator.normal(shape, .data, step: 1)
            return Workload(3 * left.count * left.dtype.byteCount) { try left + right }
        }
    }
}
