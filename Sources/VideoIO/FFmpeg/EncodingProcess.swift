import Subprocess

/// A running ffmpeg that reads raw frames from a pipe.
struct EncodingProcess: Sendable {
    private let input: StandardInputWriter
    private let ending: Task<Program.Answer, Never>

    static func start(
        _ program: Program, _ arguments: [String]
    ) async throws(VideoIOError)
        -> EncodingProcess
    {
        let (inputs, publisher) = AsyncStream<StandardInputWriter>.makeStream()
        let configuration = program.configuration(arguments)
        let ending = Task {
            defer { publisher.finish() }
            do {
                let result = try await run(
                    configuration, input: .inputWriter, output: .discarded, error: .sequence
                ) { execution in
                    publisher.yield(execution.standardInputWriter)
                    return await LogTail.collect(execution.standardError)  // until ffmpeg ends
                }
                return Program.Answer(
                    status: Program.describe(result.terminationStatus),
                    succeeded: result.terminationStatus.isSuccess, log: result.closureResult)
            } catch {
                return Program.Answer(status: "not started", succeeded: false, log: "\(error)")
            }
        }
        for await input in inputs {
            return EncodingProcess(input: input, ending: ending)
        }
        throw .toolFailed(tool: program.path, reason: await ending.value.log)
    }

    /// Hands the bytes to ffmpeg, waiting while its pipe is full.
    ///
    /// - Returns: false if ffmpeg has ended.
    func write(_ bytes: [UInt8]) async -> Bool {
        do {
            return try await input.write(bytes) == bytes.count
        } catch {
            return false
        }
    }

    /// Closes the pipe and waits until ffmpeg has ended its file.
    func finish() async -> Program.Answer {
        try? await input.finish()  // fails only if the pipe is gone, which the status tells
        return await ending.value
    }
}
