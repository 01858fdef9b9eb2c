import Checkpoints
import Foundation
import StreamingT2V
import TestSupport
import Testing
import Tokenizers
import Torch

/// Weight files that are missing, damaged or of another model are refused before any work.
@Suite struct WeightErrorTests {
    private let scratch: Scratch
    private let folder: ModelFolder

    init() throws {
        scratch = try Scratch()
        folder = try SharedModel.copy(to: scratch)
    }

    static let components: [ModelFolder.Component] = [
        .unet, .vae, .textEncoder, .imageEncoder, .streaming,
    ]

    /// What a generation with the damaged model ends with; no step may have been made.
    private func failure() async throws -> CheckpointError {
        let generator = try VideoGenerator(model: folder)
        let log = GenerationLog()
        let error = await #expect(throws: CheckpointError.self) {
            try await generator.frames(.tiny(), progress: log.append)
        }
        #expect(log.count == 0)
        return try #require(error)
    }

    private func path(_ component: ModelFolder.Component) -> String {
        folder.weights(component).path(percentEncoded: false)
    }

    @Test(arguments: components)
    func missingFileIsNamed(_ component: ModelFolder.Component) async throws {
        try FileManager.default.removeItem(at: folder.weights(component))
        let error = try await failure()
        #expect(error == .notFound(file: path(component)))
        #expect("\(error)".hasPrefix(path(component)))
    }

    @Test(arguments: components)
    func truncatedFileIsRefused(_ component: ModelFolder.Component) async throws {
        let file = folder.weights(component)
        let data = try Data(contentsOf: file)
        try data.prefix(data.count - 2).write(to: file)
        guard case .corrupt(let name, let reason) = try await failure() else {
            Issue.record("another error")
            return
        }
        #expect(name == path(component))
        #expect(reason.contains("claims data bytes"))

        try data.prefix(100).write(to: file)
        guard case .headerPastEnd(_, let headerLength, let fileLength) = try await failure() else {
            Issue.record("another error")
            return
        }
        #expect(headerLength > 92 && fileLength == 100)
        try data.prefix(7).write(to: file)
        #expect(
            try await failure()
                == .corrupt(
                    file: path(component), reason: "7 bytes are too few for a safetensors file"))
    }

    @Test func headerPastTheEndIsRefused() async throws {
        let file = folder.weights(.unet)
        var data = try Data(contentsOf: file)
        let length = UInt64(data.count)
        data.replaceSubrange(0..<8, with: withUnsafeBytes(of: length.littleEndian) { Data($0) })
        try data.write(to: file)
        let error = try await failure()
        #expect(
            error
                == .headerPastEnd(
                    file: path(.unet), headerLength: data.count, fileLength: data.count))
        #expect("\(error)".contains("the header claims \(length) bytes"))
        data.replaceSubrange(0..<8, with: Data(repeating: 0xFF, count: 8))
        try data.write(to: file)
        #expect(
            try await failure()
                == .headerTooLarge(file: path(.unet), length: .max, limit: 100_000_000))
    }

    @Test func overlappingTensorsAreRefused() async throws {
        let file = folder.weights(.unet)
        let data = try Data(contentsOf: file)
        let length = data.prefix(8).enumerated().reduce(0) {
            $0 + Int($1.element) << (8 * $1.offset)
        }
        let header = try #require(String(data: data[8..<8 + length], encoding: .utf8))
        // The second tensor of two equally long ones is moved onto the first.
        let entry = /"([^"]+)":\{"dtype":"F16","shape":\[([\d,]*)\],"data_offsets":\[(\d+),(\d+)\]/
        let entries = header.matches(of: entry).map(\.output)
        let pair = try #require(
            zip(entries, entries.dropFirst()).first { $0.2 == $1.2 })
        var moved = header.replacing(
            "\"data_offsets\":[\(pair.1.3),\(pair.1.4)]",
            with: "\"data_offsets\":[\(pair.0.3),\(pair.0.4)]")
        moved += String(repeating: " ", count: length - moved.utf8.count)
        try (data.prefix(8) + Data(moved.utf8) + data[(8 + length)...]).write(to: file)
        guard case .overlapping(let name, let one, let other) = try await failure() else {
            Issue.record("another error")
            return
        }
        #expect(name == path(.unet))
        #expect(Set([one, other]) == [String(pair.0.1), String(pair.1.1)])
    }

    /// Rewrites a weight file with one tensor changed.
    private func change(
        _ component: ModelFolder.Component, _ change: (String, Tensor) throws -> Tensor?
    ) throws {
        let archive = try SafetensorsArchive(url: folder.weights(component))
        var tensors: [(name: String, tensor: Tensor)] = []
        for name in archive.names {
            if let tensor = try change(name, archive.tensor(name)) {
                tensors.append((name, tensor))
            }
        }
        try saveTensors(tensors, to: folder.weights(component))
    }

    private func firstMatrix(_ component: ModelFolder.Component) throws -> String {
        let archive = try SafetensorsArchive(url: folder.weights(component))
        return try #require(archive.names.first { archive.entries[$0]?.shape.count ?? 0 > 1 })
    }

    @Test(arguments: components)
    func wrongShapeIsNamed(_ component: ModelFolder.Component) async throws {
        let wrong = try firstMatrix(component)
        var shapes: [[Int]] = []
        try change(component) { name, tensor in
            guard name == wrong else { return tensor }
            let changed = try Tensor.concatenated([tensor, tensor], axis: 0)
            shapes = [tensor.shape, changed.shape]
            return changed
        }
        guard case .mismatch(let file, let report) = try await failure() else {
            Issue.record("another error")
            return
        }
        #expect(file == path(component))
        #expect(report.misShaped.map(\.expected.key) == [wrong])
        #expect(report.misShaped.map(\.expected.shape) == [shapes[0]])
        #expect(report.misShaped.map(\.actual) == [shapes[1]])
        #expect(report.missing.isEmpty && report.unused.isEmpty)
        #expect(report.summary.description.contains("\(wrong) is \(shapes[1])"))
    }

    @Test(arguments: components)
    func missingTensorIsNamed(_ component: ModelFolder.Component) async throws {
        let lost = try firstMatrix(component)
        try change(component) { name, tensor in name == lost ? nil : tensor }
        guard case .mismatch(_, let report) = try await failure() else {
            Issue.record("another error")
            return
        }
        #expect(report.missing.map(\.key) == [lost])
    }

    @Test(arguments: components, [Double.nan, .infinity])
    func nonFiniteWeightIsNamed(_ component: ModelFolder.Component, value: Double) async throws {
        let bad = try firstMatrix(component)
        try change(component) { name, tensor in
            guard name == bad else { return tensor }
            var values = try tensor.values(as: Float.self)
            values[values.count - 3] = Float(value)
            return try Tensor(values, shape: tensor.shape).converted(to: tensor.dtype)
        }
        let error = try await failure()
        guard case .nonFinite(let file, let name, _) = error else {
            Issue.record("another error: \(error)")
            return
        }
        #expect(file == path(component))
        #expect(name == bad)
        #expect("\(error)".contains("\"\(bad)\" holds NaN or infinity"))
    }

    @Test(arguments: ["vocab.json", "merges.txt"])
    func missingTokenizerFileIsNamed(name: String) async throws {
        let file = folder.folder(.tokenizer).appending(path: name)
        try FileManager.default.removeItem(at: file)
        let generator = try VideoGenerator(model: folder)
        await #expect(throws: TokenizerError.missingFile(path: file.path)) {
            try await generator.check(.tiny())
        }
    }
}
