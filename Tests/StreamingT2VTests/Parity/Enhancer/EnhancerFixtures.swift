import Checkpoints
import Foundation
import TestSupport
import Testing
import Torch

/// The folder of reference tensors for the enhancement: what `ST2V_FIXTURES_ENHANCER` names, or the package's copy,
/// which has some of the files.
enum EnhancerFixtures {
    /// Whether the folder has the file.
    static func has(_ name: String) -> Bool { FixtureFolder.enhancer.contains(name) }

    static func url(_ name: String) throws -> URL { try FixtureFolder.enhancer.url(name) }

    static func decode<Value: Decodable>(_ type: Value.Type, from name: String) throws -> Value {
        try JSONDecoder().decode(type, from: Data(contentsOf: url(name)))
    }
}

/// One file of reference tensors, and a ledger of which of them a test has used.
final class EnhancerFile {
    private let name: String
    private let archive: SafetensorsArchive
    private var used: Set<String> = []

    init(_ name: String) throws {
        self.name = name
        archive = try SafetensorsArchive(url: EnhancerFixtures.url("\(name).safetensors"))
    }

    /// A tensor; it counts as used from here on.
    func callAsFunction(_ tensor: String) throws -> Tensor {
        try #require(archive.entries[tensor] != nil, "\(name) lacks \(tensor)")
        used.insert(tensor)
        return try archive.tensor(tensor)
    }

    /// The numbers of a tensor.
    func values(_ tensor: String) throws -> [Double] {
        try self(tensor).values(as: Double.self)
    }

    /// Whole numbers.
    func integers(_ tensor: String) throws -> [Int] {
        try self(tensor).values(as: Int64.self).map { Int($0) }
    }

    /// Names of the tensors, for tests that compare a folder with its index.
    var names: [String] { archive.names }

    /// Compares every element; the limit is `tolerance` times the largest reference value, but at least times one.
    func expect(
        _ actual: Tensor, equals tensor: String, within tolerance: Double = 5e-6,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try expect(
            actual, equals: self(tensor), within: tolerance, tensor, sourceLocation: sourceLocation)
    }

    /// Compares every element with a part of a reference.
    func expect(
        _ actual: Tensor, equals reference: Tensor, within tolerance: Double = 5e-6, _ what: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let scale = max(1, try reference.absolute().maximum().item())
        try expectClose(
            actual, reference, tolerance: tolerance * scale, "\(name): \(what)",
            sourceLocation: sourceLocation)
    }

    /// Compares numbers one by one: each may be off by its share of the reference, infinities not at all.
    func expect(
        _ actual: [Double], equals tensor: String,
        relative: (Double) -> Double = { _ in 1e-6 },
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let expected = try values(tensor)
        #expect(actual.count == expected.count, "\(name): \(tensor)")
        var worst = 0.0
        for (index, (actual, expected)) in zip(actual, expected).enumerated() {
            guard expected.isFinite, expected != 0 else {
                #expect(actual == expected, "\(name): \(tensor)[\(index)]")
                continue
            }
            let share = abs(actual - expected) / abs(expected) / relative(expected)
            worst = max(worst, share)
            #expect(
                share <= 1, "\(name): \(tensor)[\(index)] is \(actual), not \(expected)",
                sourceLocation: sourceLocation)
        }
        if ProcessInfo.processInfo.environment["ST2V_PARITY_REPORT"] != nil {
            print("parity \(name): \(tensor): share \(worst)")
        }
    }

    /// Fails for each tensor that was neither read nor compared with.
    func expectAllUsed(sourceLocation: SourceLocation = #_sourceLocation) {
        for tensor in archive.names where !used.contains(tensor) {
            Issue.record(
                "\(name): the test does not know the tensor \(tensor)",
                sourceLocation: sourceLocation)
        }
    }
}
