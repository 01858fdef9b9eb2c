import Checkpoints
import Foundation
import TestSupport
import Testing
import Torch

@testable import VideoModels

/// OpenCLIP's text transformer, loaded under its own names, against its definition written out with plain operations.
@Suite struct OpenCLIPTextTests {
    private let width = 12
    private let heads = 3
    private let layers = 3
    private let length = 7
    private let vocabulary = 20

    /// Numbers under OpenCLIP's names, all layers included.
    private func weights() throws -> [String: Tensor] {
        var shapes = [
            "token_embedding.weight": [vocabulary, width],
            "positional_embedding": [length, width], "ln_final.weight": [width],
            "ln_final.bias": [width], "text_projection": [width, 5], "logit_scale": [],
            "visual.proj": [2, 2],
        ]
        for layer in 0..<layers {
            let block = "transformer.resblocks.\(layer)"
            for norm in ["ln_1", "ln_2"] {
                shapes["\(block).\(norm).weight"] = [width]
                shapes["\(block).\(norm).bias"] = [width]
            }
            shapes["\(block).attn.in_proj_weight"] = [3 * width, width]
            shapes["\(block).attn.in_proj_bias"] = [3 * width]
            shapes["\(block).attn.out_proj.weight"] = [width, width]
            shapes["\(block).attn.out_proj.bias"] = [width]
            shapes["\(block).mlp.c_fc.weight"] = [4 * width, width]
            shapes["\(block).mlp.c_fc.bias"] = [4 * width]
            shapes["\(block).mlp.c_proj.weight"] = [width, 4 * width]
            shapes["\(block).mlp.c_proj.bias"] = [width]
        }
        var weights: [String: Tensor] = [:]
        for (index, entry) in shapes.sorted(by: { $0.key < $1.key }).enumerated() {
            weights[entry.key] = try ToyNetworks.random(entry.value, index) * 0.5
        }
        return weights
    }

    private func reference(
        _ tokens: Tensor, _ weights: [String: Tensor], blocks: Int
    ) throws -> Tensor {
        func weight(_ name: String) throws -> Tensor { try #require(weights[name], "\(name)") }
        func norm(_ input: Tensor, _ name: String) throws -> Tensor {
            let centred = try input - input.mean([-1], keepDimensions: true)
            let deviation = try (centred.squared().mean([-1], keepDimensions: true) + 1e-5)
                .squareRoot()
            return try centred / deviation * weight("\(name).weight") + weight("\(name).bias")
        }
        func linear(_ input: Tensor, _ name: String) throws -> Tensor {
            try input.multiplied(by: weight("\(name).weight").transposed(0, 1))
                + weight("\(name).bias")
        }
        let forbidden = (0..<length * length).map { $0 % length > $0 / length ? -1e9 : Float(0) }
        let mask = try Tensor(forbidden, shape: [length, length])
        var states = try weight("token_embedding.weight").embedding(tokens)
        states = try states + weight("positional_embedding")
        for block in (0..<blocks).map({ "transformer.resblocks.\($0)" }) {
            let all =
                try norm(states, "\(block).ln_1")
                .multiplied(by: weight("\(block).attn.in_proj_weight").transposed(0, 1))
                + weight("\(block).attn.in_proj_bias")
            let parts = try all.split(into: 3, axis: -1).map { try $0.split(into: heads, axis: -1) }
            let mixed = try (0..<heads).map { head in
                let scores = try parts[0][head].multiplied(by: parts[1][head].transposed(1, 2))
                let scale = 1 / Double(width / heads).squareRoot()
                return try (scores * scale + mask).softmax(-1).multiplied(by: parts[2][head])
            }
            states =
                try states
                + linear(Tensor.concatenated(mixed, axis: -1), "\(block).attn.out_proj")
            let inner = try linear(norm(states, "\(block).ln_2"), "\(block).mlp.c_fc").gelu()
            states = try states + linear(inner, "\(block).mlp.c_proj")
        }
        return try norm(states, "ln_final")
    }

    private func configuration() throws -> CLIPTextConfiguration {
        var configuration = CLIPTextConfiguration()
        configuration.hiddenSize = width
        configuration.layers = layers - 1
        configuration.heads = heads
        configuration.intermediateSize = 4 * width
        configuration.vocabularySize = vocabulary
        configuration.contextLength = length
        try configuration.validate()
        return configuration
    }

    private func loaded(
        _ weights: [String: Tensor]
    ) throws -> (encoder: CLIPTextEncoder, keyMap: CheckpointKeyMap) {
        let folder = FileManager.default.temporaryDirectory
            .appending(path: "open-clip-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appending(path: "text.safetensors")
        try saveTensors(weights.map { (name: $0.key, tensor: $0.value) }, to: file)
        let configuration = try configuration()
        let encoder = CLIPTextEncoder(configuration)
        let keyMap = CheckpointKeyMap.openCLIPTextEncoder(layers: configuration.layers)
        try encoder.load(from: SafetensorsArchive(url: file), keyMap: keyMap)
        return (encoder, keyMap)
    }

    /// Texts are padded with token 0, which the network takes as any other.
    @Test func penultimateStateMatchesItsDefinition() throws {
        let weights = try weights()
        let tokens = try Tensor(
            [18, 4, 11, 19, 0, 0, 0, 18, 3, 3, 9, 7, 1, 19] as [Int64], shape: [2, length])
        let states = try loaded(weights).encoder(tokens)
        let expected = try reference(tokens, weights, blocks: layers - 1)
        try Comparison(states, to: expected).expect(within: .toy, "penultimate")
        let last = try reference(tokens, weights, blocks: layers)
        #expect(try (states - last).absolute().maximum().item() > 0.1)
    }

    /// What was split is one tensor again in the file.
    @Test func savingJoinsTheProjections() throws {
        let weights = try weights()
        let (encoder, keyMap) = try loaded(weights)
        let saved = try encoder.namedTensors(keyMap)
        #expect(Set(saved.map(\.name)).count == saved.count)
        #expect(saved.count == 4 + 12 * (layers - 1))
        for (name, tensor) in saved {
            let original = try #require(weights[name], "\(name)")
            #expect(tensor.shape == original.shape, "\(name)")
            #expect(try tensor.values(as: Float.self) == original.values(as: Float.self), "\(name)")
        }
    }
}
