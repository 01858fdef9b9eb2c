import Foundation
import Foundations
import StreamingT2V

/// The timeline of `--trace`.
extension GenerateCommand {
    /// The timeline, if one is wanted; a file that cannot be written is found now.
    func timeline() throws -> Timeline? {
        guard let trace else { return nil }
        guard !dryRun else {
            throw InvalidField("trace", "needs a run; \(field: "dry_run") makes nothing")
        }
        try requirePlace(for: trace, overwrite: overwrite)
        return Timeline()
    }

    /// Throws if the trace would replace a file of the video.
    func requireFreeTrace(_ files: [String?]) throws {
        guard let trace else { return }
        for file in files.compactMap(\.self) {
            try requireOtherFile(than: file, trace, input: "a file of this video", field: "trace")
        }
    }

    /// Writes the timeline and says what the time went into.
    func write(_ timeline: Timeline?) throws {
        guard let timeline, let trace else { return }
        try timeline.write(to: URL(fileURLWithPath: trace))
        let parts = timeline.totals.map { "\($0.name) \(Terminal.number($0.seconds)) s" }
        Terminal.message(
            "\(parts.joined(separator: ", ")); \(Terminal.number(timeline.busyCores)) cores busy: "
                + "\(trace)")
    }
}
