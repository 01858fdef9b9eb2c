import TestSupport
import Testing
import Torch
import TorchNN

@testable import Checkpoints

/// Parameters that a checkpoint keeps in another form than ours.
@Suite struct StoredFormTests {
    private final class Projections: Module {
        let toQ = Linear(2, 3)
        let toK = Linear(2, 3)
        let out = Linear(3, 2)
    }

    private let map = CheckpointKeyMap(
        prefix: "net",
        .rename("toQ.weight", to: "in.weight"), .store("toQ.weight", as: .rows(index: 0, of: 2)),
        .rename("toK.weight", to: "in.weight"), .store("toK.weight", as: .rows(index: 1, of: 2)),
        .rename("toQ.bias", to: "in.bias"), .store("toQ.bias", as: .rows(index: 0, of: 2)),
        .rename("toK.bias", to: "in.bias"), .store("toK.bias", as: .rows(index: 1, of: 2)),
        .store("out.weight", as: .unitAxes(2)))

    private let stored: [String: [Int]] = [
        "net.in.weight": [6, 2], "net.in.bias": [6], "net.out.weight": [2, 3, 1, 1],
        "net.out.bias": [2],
    ]

    /// Values 0, 1, 2, … per tensor.
    private func file(_ shapes: [String: [Int]], in scratch: Scratch) throws -> SafetensorsArchive {
        let tensors = try shapes.sorted { $0.key < $1.key }.map { name, shape in
            let values = (0..<shape.reduce(1, *)).map { Float($0) }
            return (name: name, tensor: try Tensor(values, shape: shape))
        }
        try saveTensors(tensors, to: scratch.url())
        return try SafetensorsArchive(url: scratch.url())
    }

    @Test func loadsRowsAndDropsUnitAxes() throws {
        let scratch = try Scratch()
        let network = Projections()
        try network.load(from: file(stored, in: scratch), keyMap: map)
        #expect(try network.toQ.weight.value.values(as: Float.self) == [0, 1, 2, 3, 4, 5])
        #expect(try network.toK.weight.value.values(as: Float.self) == [6, 7, 8, 9, 10, 11])
        #expect(try network.toQ.bias?.value.values(as: Float.self) == [0, 1, 2])
        #expect(try network.toK.bias?.value.values(as: Float.self) == [3, 4, 5])
        #expect(network.out.weight.shape == [2, 3])
        #expect(try network.out.weight.value.values(as: Float.self) == [0, 1, 2, 3, 4, 5])
    }

    @Test func savesInTheStoredForm() throws {
        let scratch = try Scratch()
        let network = Projections()
        try network.load(from: file(stored, in: scratch), keyMap: map)
        let saved = try network.namedTensors(map)
        #expect(
            saved.map(\.name) == [
                "net.in.weight", "net.in.bias", "net.out.weight", "net.out.bias",
            ])
        for (name, tensor) in saved {
            #expect(tensor.shape == stored[name], "\(name)")
            #expect(
                try tensor.values(as: Float.self) == (0..<tensor.count).map { Float($0) },
                "\(name)")
        }
    }

    /// The form is part of what is required: a plain matrix is not the convolution's kernel.
    @Test func refusesTheParametersOwnShape() throws {
        let scratch = try Scratch()
        var shapes = stored
        shapes["net.out.weight"] = [2, 3]
        shapes["net.in.weight"] = [3, 2]
        let archive = try file(shapes, in: scratch)
        let error = checkpointError { try Projections().load(from: archive, keyMap: map) }
        guard case .mismatch(_, let report) = error else {
            Issue.record("\(String(describing: error)) is no mismatch")
            return
        }
        #expect(report.misShaped.map(\.expected.shape) == [[6, 2], [6, 2], [2, 3, 1, 1]])
        #expect(
            report.misShaped.map(\.expected.modulePath) == [
                "toK.weight", "toQ.weight", "out.weight",
            ])
    }

    @Test func theLongestEndApplies() {
        let map = CheckpointKeyMap(
            .store("proj.weight", as: .unitAxes(1)),
            .store("*.*.deep.proj.weight", as: .unitAxes(2)),
            .store("blocks.*.proj.weight", as: .asIs))
        #expect(map.form(of: "proj.weight") == .unitAxes(1))
        #expect(map.form(of: "a.proj.weight") == .unitAxes(1))
        #expect(map.form(of: "blocks.7.proj.weight") == .asIs)
        #expect(map.form(of: "blocks.deep.proj.weight") == .asIs)
        #expect(map.form(of: "a.blocks.deep.proj.weight") == .unitAxes(2))
        #expect(map.form(of: "weight") == .asIs)
        #expect(map.form(of: "proj.bias") == .asIs)
    }

    @Test func findsFaultsOfStoredForms() {
        let form = StoredForm.unitAxes(1)
        #expect(CheckpointKeyMap.fault(prefix: "", rules: [.store("a..b", as: form)]) != nil)
        #expect(
            CheckpointKeyMap.fault(
                prefix: "", rules: [.store("a.*", as: form), .store("*.b", as: .asIs)])
                == #""*.b" and "a.*" can match the same components"#)
        #expect(
            CheckpointKeyMap.fault(
                prefix: "", rules: [.store("a.b", as: form), .rename("a.b", to: "c")]) == nil)
    }
}
