import Foundation
import TestSupport
import Testing

/// A model that was trained for a few steps by the program itself, once for all tests.
struct TinyModel: Sendable {
    static let prompt = "a red car drives to the left past green hills at sunset"
    static let size = 32

    let folder: URL
    /// What `train` wrote on standard output and standard error.
    let output: String
    let errors: String

    var path: String { folder.appending(path: "run/model").path }

    private static let shelf = FileManager.default.temporaryDirectory
        .appending(path: "command-model-\(getpid())")

    private static let task = Task {
        atexit { TinyModel.remove() }
        return try await make()
    }

    static var shared: TinyModel {
        get async throws { try await task.value }
    }

    private static func remove() { try? FileManager.default.removeItem(at: shelf) }

    /// A recipe; large steps, so that no part of the network stays without effect.
    static func recipe(
        _ stages: [String] = [
            "autoencoder", "clip", "frames", "chunks", "cam", "apm", "distillation",
            "enhancer",
        ],
        steps: Int = 2, checkpointEvery: Int = 1000
    ) throws -> String {
        let settings = stages.map { stage -> [String: any Sendable] in
            [
                "stage": stage, "steps": steps, "batch": 2, "clips": 0, "learning_rate": 0.005,
                "warmup": 0, "average_decay": 0, "dtype": "float32", "validate_every": 1000,
                "checkpoint_every": checkpointEvery,
            ]
        }
        let recipe: [String: any Sendable] = [
            "seed": 7, "size": size, "validation_clips": 1, "stages": settings,
        ]
        return String(
            decoding: try JSONSerialization.data(withJSONObject: recipe), as: UTF8.self)
    }

    private static func make() async throws -> TinyModel {
        try FileManager.default.createDirectory(at: shelf, withIntermediateDirectories: true)
        let recipe = shelf.appending(path: "recipe.json")
        try Data(Self.recipe().utf8).write(to: recipe)
        let result = try await CommandLineTool.run([
            "train", "--recipe", recipe.path, "--output", shelf.appending(path: "run").path,
        ])
        try #require(result.status == 0, "\(result.errors)")
        return TinyModel(folder: shelf, output: result.output, errors: result.errors)
    }

    /// A folder with the same model in which single files can be changed.
    func copy(changing component: String) throws -> (folder: Scratch, path: String) {
        let folder = try Scratch()
        let copy = folder.path("model")
        try FileManager.default.createDirectory(atPath: copy, withIntermediateDirectories: true)
        for name in try FileManager.default.contentsOfDirectory(atPath: path) {
            let (from, to) = ("\(path)/\(name)", "\(copy)/\(name)")
            if name == component {
                try FileManager.default.copyItem(atPath: from, toPath: to)
            } else {
                try FileManager.default.createSymbolicLink(
                    atPath: to, withDestinationPath: from)
            }
        }
        return (folder, copy)
    }

    /// Arguments of a short generation.
    func generate(_ output: String, _ further: [String] = []) -> [String] {
        ["generate", Self.prompt, "--model", path, "--seed", "5", "--output", output]
            + (further.contains("--steps") ? [] : ["--steps", "2"]) + further
    }
}
