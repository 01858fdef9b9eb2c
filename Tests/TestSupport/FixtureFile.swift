package import Checkpoints
package import Foundation
package import Testing
package import Torch
package import TorchNN

/// One file of reference tensors, and a ledger of which of them a test has used.
///
/// A tensor is used by being read as an input or by being compared with. ``expectAllUsed(sourceLocation:)`` fails on
/// the others, so that no reference is forgotten and none that the test does not know passes unseen.
package final class FixtureFile {
    package let name: String
    private let archive: SafetensorsArchive
    private var used: Set<String> = []

    /// Opens `name`.safetensors of a folder.
    package init(_ name: String, in folder: FixtureFolder = .core) throws {
        self.name = name
        archive = try SafetensorsArchive(url: folder.url("\(name).safetensors"))
    }

    package var names: [String] { archive.names }

    package func contains(_ name: String) -> Bool { archive.entries[name] != nil }

    package func shape(_ name: String) throws -> [Int] {
        try #require(archive.entries[name], "\(self.name) lacks \(name)").shape
    }

    /// Names that are made like `pattern`, with what its groups found.
    package func matches<Output>(_ pattern: Regex<Output>) throws -> [Regex<Output>.Match] {
        try names.compactMap { try pattern.wholeMatch(in: $0) }
    }

    /// Like ``matches(_:)``, but at least one.
    package func requiredMatches<Output>(
        _ pattern: Regex<Output>, _ what: String
    ) throws
        -> [Regex<Output>.Match]
    {
        let found = try matches(pattern)
        try #require(!found.isEmpty, "\(name) lacks any \(what)")
        return found
    }

    /// A tensor; it counts as used from here on.
    package func tensor(_ name: String) throws -> Tensor {
        try #require(contains(name), "\(self.name) lacks \(name)")
        used.insert(name)
        return try archive.tensor(name)
    }

    /// A tensor; it counts as used from here on.
    package func callAsFunction(_ name: String) throws -> Tensor { try tensor(name) }

    /// Fills a network from the tensors under the map's prefix, all of which count as used.
    package func load<Network: Module>(
        _ network: Network, _ keyMap: CheckpointKeyMap
    ) throws -> Network {
        try network.load(from: archive, keyMap: keyMap)
        used.formUnion(network.parameters().map { keyMap.checkpointKey(for: $0.path) })
        return network
    }

    /// Whole numbers; they count as used from here on.
    package func integers(_ name: String) throws -> [Int] {
        try tensor(name).values(as: Int64.self).map { Int($0) }
    }

    /// Compares `actual`, in the reference's shape, with the tensor `name`, element by element.
    package func expect(
        _ actual: Tensor, equals name: String, within tolerance: Tolerance,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try Comparison(actual, to: tensor(name)).expect(
            within: tolerance, "\(self.name): \(name)", sourceLocation: sourceLocation)
    }

    /// Compares whole numbers with the tensor `name`.
    package func expect(
        _ actual: [Int], equals name: String, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let expected = try integers(name)
        #expect(actual == expected, "\(self.name): \(name)", sourceLocation: sourceLocation)
    }

    /// Fails for each tensor that was neither read nor compared with.
    package func expectAllUsed(sourceLocation: SourceLocation = #_sourceLocation) {
        for name in names where !used.contains(name) {
            Issue.record(
                "\(self.name): the test does not know the tensor \(name)",
                sourceLocation: sourceLocation)
        }
    }
}

/// The largest difference between two tensors, and where it is.
package struct Comparison {
    private let shapes: (actual: [Int], reference: [Int])
    private let error: Double
    private let magnitude: Double
    private let position: [Int]
    private let values: (actual: Double, reference: Double)

    package init(_ actual: Tensor, to reference: Tensor) throws {
        shapes = (actual.shape, reference.shape)
        guard actual.shape == reference.shape, reference.count > 0 else {
            (error, magnitude, position, values) = (.infinity, 0, [], (.nan, .nan))
            return
        }
        let actual = try actual.detached().converted(to: .float32).reshaped(-1)
        let expected = try reference.converted(to: .float32).reshaped(-1)
        let differences = try (actual - expected).absolute()
        error = try differences.maximum().item()
        magnitude = try expected.absolute().maximum().item()
        let worst = Int(try differences.argmax(0).item())
        position = Self.position(worst, in: reference.shape)
        values = (
            try actual.selected(0, worst).item(), try expected.selected(0, worst).item()
        )
    }

    /// Fails unless the shapes are the same and no element is further off than `tolerance` allows.
    ///
    /// With `ST2V_PARITY_REPORT` set, each comparison prints a line.
    package func expect(
        within tolerance: Tolerance, _ name: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let limit = tolerance.limit(magnitude: magnitude)
        #expect(
            shapes.actual == shapes.reference, "\(name): another shape",
            sourceLocation: sourceLocation)
        guard shapes.actual == shapes.reference else { return }
        // Not `error > limit`, which NaN would pass.
        #expect(
            error <= limit,
            "\(name): off by \(error) at \(position) (\(values.actual), not \(values.reference)), allowed \(limit)",
            sourceLocation: sourceLocation)
        if ProcessInfo.processInfo.environment["ST2V_PARITY_REPORT"] != nil {
            print("parity \(name): error \(error), allowed \(limit), share \(error / limit)")
        }
    }

    private static func position(_ index: Int, in shape: [Int]) -> [Int] {
        var rest = index
        var position: [Int] = []
        for length in shape.reversed() {
            position.append(rest % length)
            rest /= length
        }
        return position.reversed()
    }
}
