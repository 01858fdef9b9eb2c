import Testing
import TorchNN

@testable import VideoModels

extension UNet3D {
    /// The cross-attention at a published path, as `down_blocks.0.attentions.1.attn2`.
    func contextAttention(_ path: String) throws -> ContextAttention {
        let pattern =
            /(down_blocks|up_blocks|mid_block)(?:\.(\d+))?\.attentions\.(\d+)(?:\.transformer_blocks\.(\d+))?\.attn2/
        let match = try #require(try pattern.wholeMatch(in: path), "\(path) names no layer").output
        let level = Int(match.2 ?? "0") ?? 0
        let attentions: [SpatialTransformer] =
            switch match.1 {
            case "down_blocks": try downBlocks.entry(level, path).attentions
            case "up_blocks": try upBlocks.entry(level, path).attentions
            default: midBlock.attentions
            }
        let transformer = try attentions.entry(Int(match.3) ?? 0, path)
        return try transformer.transformerBlocks.entry(Int(match.4 ?? "0") ?? 0, path).attn2
    }
}

extension Array {
    /// The element at `index`; a test that asks for one that is not there fails.
    func entry(_ index: Int, _ name: String) throws -> Element {
        try #require(
            indices.contains(index), "\(name): there is no number \(index), only \(count)")
        return self[index]
    }
}
