import ArgumentParser
import Foundation
import Hub

/// `streamingt2v download`: published checkpoints, into the cache that other programs use too.
struct DownloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "download", abstract: "Fetches a model's files from a model hub.",
        discussion: """
            Files go into the cache of huggingface_hub (HF_HUB_CACHE, or hub in HF_HOME), so that nothing is fetched \
            twice. HF_TOKEN opens private and gated repositories, HF_ENDPOINT names another hub, and with \
            HF_HUB_OFFLINE=1 only the cache is looked at. Prints the folder with the files. A download that was \
            stopped goes on where it was.
            """)

    @Argument(help: "The repository: owner/name.")
    var repository: String

    @Option(help: "Branch, tag or commit.")
    var revision = "main"

    @Option(
        help: "Only files that fit this pattern, e.g. '*.json' or 'unet/*'; may be repeated.")
    var file: [String] = []

    @Flag(help: "List the files and their sizes, fetch nothing.")
    var dryRun = false

    @Flag(help: "Print JSON on standard output.")
    var json = false

    func run() async throws {
        try await reportingFailure {
            let command = self
            let failure = await untilInterrupted { () -> (any Error)? in
                do { try await command.download() } catch { return error }
                return nil
            }
            if failure is CancellationError {
                Terminal.message("What arrived is kept; the same command goes on there.")
            }
            if let failure { throw failure }
        }
    }

    private func download() async throws {
        let client = HubClient(try HubSettings())
        let model = try ModelRepository(repository, revision: revision)
        let plan = try await client.plan(model, patterns: file)
        let report = DownloadReport(plan)
        if dryRun {
            if json { try Terminal.printJSON(report) } else { try Terminal.print(report.lines) }
            return
        }
        report.lines.forEach(Terminal.message)
        let monitor = DownloadMonitor()
        defer { monitor.end() }
        try await client.download(plan) { monitor.show($0) }
        if json { try Terminal.printJSON(report) } else { try Terminal.print([plan.snapshot]) }
    }
}

/// What `download` says about a repository.
struct DownloadReport: Encodable {
    /// One file.
    struct File: Encodable {
        let path: String
        let bytes: Int
        let blob: String
        let wasCached: Bool
    }

    let repository: String
    let revision: String
    let commit: String
    let snapshot: String
    let files: [File]
    let bytes: Int
    let bytesToFetch: Int

    init(_ plan: DownloadPlan) {
        repository = plan.repository.id
        revision = plan.repository.revision
        commit = plan.commit
        snapshot = plan.snapshot
        files = plan.files.map {
            File(
                path: $0.path, bytes: $0.size, blob: $0.blob,
                wasCached: plan.cached.contains($0.path))
        }
        bytes = plan.bytes
        bytesToFetch = plan.bytesToFetch
    }

    var lines: [String] {
        let listed = files.map { file in
            let size = Terminal.amount(file.bytes, "B")
            let indent = String(repeating: " ", count: max(10 - size.count, 0))
            return "  \(indent)\(size)  \(file.path)" + (file.wasCached ? "  (in the cache)" : "")
        }
        let count = "\(files.count) file\(files.count == 1 ? "" : "s")"
        return ["\(repository), revision \(revision), commit \(commit)"] + listed + [
            "\(count), \(Terminal.amount(bytes, "B")); "
                + "\(Terminal.amount(bytesToFetch, "B")) to fetch"
        ]
    }
}
