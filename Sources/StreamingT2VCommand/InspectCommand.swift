import ArgumentParser
import Checkpoints
import Foundation
import Foundations
import StreamingT2V

/// `streamingt2v inspect`: what is in weight files.
struct InspectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect", abstract: "Says what checkpoints are and which tensors they hold.",
        discussion: """
            Reads safetensors (a file, an index or a folder) and what torch.save wrote (.pt, .pth, .ckpt, .bin); nothing \
            in a file is executed, and no numbers are loaded. Given a model folder, it goes through its parts.
            """)

    @Argument(help: "A weight file, a folder with one, or a model folder.")
    var path: String

    @Flag(help: "List every tensor.")
    var tensors = false

    @Flag(help: "Print JSON on standard output.")
    var json = false

    func run() async throws {
        try await reportingFailure {
            let reports = try files().map { try CheckpointDescription(openCheckpoint($0)) }
            if json {
                try Terminal.printJSON(reports)
            } else {
                let parts = reports.map { $0.lines(listsTensors: tensors) }
                try Terminal.print(Array(parts.joined(separator: [""])))
            }
        }
    }

    /// The weights of each part of a model folder, or the path itself.
    private func files() throws -> [URL] {
        let url = URL(fileURLWithPath: path)
        let folder = ModelFolder(url)
        let partsOfEnhancer = [ModelFolder.Component.vae, .textEncoder]
            .filter { folder.partOfEnhancer($0) != folder }
            .map { folder.partOfEnhancer($0).weights($0) }
        let parts = (ModelFolder.Component.allCases.map(folder.weights) + partsOfEnhancer).filter {
            FileManager.default.fileExists(atPath: $0.path)
        }
        guard !parts.isEmpty else { return [url] }
        // An enhancer's folder holds weights of its own beside those of its parts.
        return ((try? openCheckpoint(url)) != nil ? [url] : []) + parts
    }
}

/// What `inspect` says about one checkpoint.
struct CheckpointDescription: Encodable {
    /// One tensor.
    struct Entry: Encodable {
        let name: String
        let type: String
        let shape: [Int]
    }

    let file: String
    let format: String
    let contents: CheckpointContents?
    let parameters: Int
    let bytes: Int
    let types: [String: Int]
    let tensors: [Entry]
    /// Tensors of a streaming checkpoint that no network reads, and why.
    let leftAside: [LeftAside]?

    /// A tensor that is knowingly left aside.
    struct LeftAside: Encodable {
        let name: String
        let reason: String
    }

    init(_ archive: any TensorArchive) {
        file = archive.url.path(percentEncoded: false)
        format = archive.format
        contents = CheckpointContents(names: archive.names)
        let entries = archive.names.compactMap { archive.entries[$0] }
        tensors = entries.map { Entry(name: $0.name, type: $0.type.rawValue, shape: $0.shape) }
        parameters = entries.reduce(0) { $0 + $1.elementCount }
        bytes = entries.reduce(0) { $0 + $1.elementCount * $1.type.byteCount }
        types = Dictionary(grouping: entries, by: \.type.rawValue).mapValues(\.count)
        leftAside =
            contents == .streaming
            ? archive.names.compactMap { name in
                StreamingCheckpoint.reasonForLeaving(name).map {
                    LeftAside(name: name, reason: $0)
                }
            } : nil
    }

    func lines(listsTensors: Bool) -> [String] {
        let counts = types.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
        var lines = [
            file,
            "  format      \(format)",
            "  contents    \(contents?.title ?? "not recognised")",
            "  tensors     \(tensors.count) (\(counts.joined(separator: ", ")))",
            "  parameters  \(Terminal.amount(parameters)), \(Terminal.amount(bytes, "B"))",
        ]
        if listsTensors {
            lines += tensors.map { "    \($0.name.oneLine)  \($0.shape)  \($0.type)" }
        } else {
            lines += groups.map {
                "    \($0.name.oneLine)  \($0.count) "
                    + ($0.count == 1 ? "tensor" : "tensors")
                    + ", \(Terminal.amount($0.parameters)) parameters" + part($0.name)
            }
            lines += (leftAside ?? []).map { "    left aside: \($0.name.oneLine) (\($0.reason))" }
        }
        return lines
    }

    /// Which network of a streaming checkpoint bears this first name.
    private func part(_ name: String) -> String {
        guard contents == .streaming, let part = StreamingCheckpoint.Part(rawValue: name) else {
            return ""
        }
        return ": \(part.title)"
    }

    /// Tensors by the first part of their names.
    private var groups: [(name: String, count: Int, parameters: Int)] {
        let grouped = Dictionary(grouping: tensors) {
            String($0.name.prefix { $0 != "." })
        }
        return grouped.sorted { $0.key < $1.key }.map { name, entries in
            (name, entries.count, entries.reduce(0) { $0 + $1.shape.reduce(1, *) })
        }
    }
}
