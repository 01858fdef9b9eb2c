import ArgumentParser
import Foundation
import Foundations
import Hub
import StreamingT2V
import Torch

/// Options of every command that runs a model.
struct ModelOptions: ParsableArguments {
    @Option(
        help: """
            Model: a folder, or OWNER/NAME of a repository that download fetched; the embedded model \
            if omitted.
            """)
    var model: String?

    @Option(help: "Where to compute: cpu, cuda or cuda:N.")
    var device = "cpu"

    @Option(help: "Type of convolutions and matrix products: float32, bfloat16 or float16.")
    var dtype = "float32"

    @Option(help: "Threads per operation; one per available processor if omitted.")
    var threads: Int?

    func folder() throws -> ModelFolder {
        try model.map { ModelFolder(try Self.place($0, field: "model")) } ?? Self.embedded()
    }

    /// A file or folder, or else the folder of a repository in the hub's cache; the network is not asked.
    static func place(_ name: String, field: String) throws -> URL {
        let url = URL(fileURLWithPath: name)
        if FileManager.default.fileExists(atPath: url.path) { return url }
        let settings = try HubSettings()
        guard let repository = try? ModelRepository(name), name.contains("/"),
            let folder = try? repository.cachedFolder(settings)
        else {
            throw GenerationError.notFound(
                field: field, name: name, cache: settings.cacheFolder.path)
        }
        return folder
    }

    /// `Models/journeys` in the working folder or beside the program, as far up as the package's root.
    static func embedded() throws -> ModelFolder {
        // Not the first argument: a shell gives the bare name of a program that it found through PATH.
        let program = (Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments[0]))
            .resolvingSymlinksInPath()
        var places = [URL(fileURLWithPath: FileManager.default.currentDirectoryPath)]
        var place = program.deletingLastPathComponent()
        for _ in 0..<6 {
            places.append(place)
            place = place.deletingLastPathComponent()
        }
        for place in places {
            let folder = place.appendingPathComponent("Models/journeys")
            let index = folder.appendingPathComponent("model_index.json")
            if FileManager.default.fileExists(atPath: index.path) { return ModelFolder(folder) }
        }
        throw GenerationError.notAModel(
            folder: "Models/journeys", missing: "the embedded model beside the program")
    }

    func parsedDevice() throws -> Device {
        if device == "cpu" { return .cpu }
        if device == "cuda" { return .cuda(0) }
        if device.hasPrefix("cuda:"), let index = Int(device.dropFirst(5)),
            (0...127).contains(index)
        {
            return .cuda(index)
        }
        throw InvalidField(
            "device", "must be cpu, cuda or cuda:N with N from 0 to 127, not \(device)")
    }

    func parsedType() throws -> DType {
        switch dtype {
        case "float32": return .float32
        case "bfloat16": return .bfloat16
        case "float16":
            guard try parsedDevice() != .cpu || Runtime.hasNativeFloat16 else {
                throw InvalidField(
                    "dtype",
                    "float16 needs \(field: "device") cuda or a processor with AVX-512 FP16; use bfloat16 here"
                )
            }
            return .float16
        default:
            throw InvalidField(
                "dtype", "must be float32, bfloat16 or float16, not \(dtype)")
        }
    }

    /// Sets LibTorch up; before the first tensor.
    func start() throws {
        try Self.start(threads: threads)
    }

    static func start(threads: Int?) throws {
        if let threads { try InvalidField.require("threads", threads, in: 1...1024) }
        Runtime.start(threads: threads)
    }
}
