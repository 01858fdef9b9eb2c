import Subprocess

/// A running ffmpeg that reads raw frames from a pipe.
///
/// When this process dies, the pipe closes with it: ffmpeg finds the end of its input, completes
/// the file and exits.
struct EncodingProcess: Sendable {
    private let input: StandardInputWriter
    private let ending: Task<Program.Answer, Never>
    private let patience: Patience

    /// What a pipe takes at once; smaller writes show sooner that the program still reads.
    private static let pieceSize = 1 << 16

    static func start(
        _ program: Program, _ arguments: [String], patience: Patience
    ) async throws(VideoIOError)
        -> EncodingProcess
    {
        let (inputs, publisher) = AsyncStream<StandardInputWriter>.makeStream()
        let configuration = await program.configuration(arguments, role: .encoder)
        let ending = Task {
            defer { publisher.finish() }
            do {
                return try await patience.supervise {
                    let result = try await run(
                        configuration, input: .inputWriter, output: .discarded, error: .sequence
                    ) { execution in
                        publisher.yield(execution.standardInputWriter)
                        return await LogTail.collect(execution.standardError)  // until ffmpeg ends
                    }
                    return Self.answer(result.terminationStatus, result.closureResult, patience)
                }
            } catch {
                return Program.Answer(status: "not started", succeeded: false, log: "\(error)")
            }
        }
        for await input in inputs {
            return EncodingProcess(input: input, ending: ending, patience: patience)
        }
        throw .toolFailed(tool: program.path, reason: await ending.value.log)
    }

    private static func answer(
        _ status: TerminationStatus, _ log: String, _ patience: Patience
    ) -> Program.Answer {
        guard let limit = patience.exhausted else {
            return Program.Answer(
                status: Program.describe(status), succeeded: status.isSuccess, log: log)
        }
        return Program.Answer(
            status: "it has taken no data and written nothing for \(Program.seconds(limit)) "
                + "and was ended", succeeded: false, log: log)
    }

    /// Hands the bytes to ffmpeg, waiting while its pipe is full.
    ///
    /// - Returns: false if ffmpeg has ended.
    func write(_ bytes: [UInt8]) async -> Bool {
        patience.begin()
        defer { patience.end() }
        var start = 0
        while start < bytes.count {
            let piece = Array(bytes[start..<min(bytes.count, start + Self.pieceSize)])
            guard (try? await input.write(piece)) == piece.count else { return false }
            patience.progress()
            start += piece.count
        }
        return true
    }

    /// Closes the pipe and waits until ffmpeg has ended its file, or has been ended.
    func finish() async -> Program.Answer {
        patience.begin()
        try? await input.finish()  // fails only if the pipe is gone, which the status tells
        return await ending.value
    }
}
