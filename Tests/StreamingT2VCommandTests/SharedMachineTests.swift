import Foundation
import Testing

/// How the program shares processors with others. `scripts/check-contention` measures it.
@Suite(.serialized) struct SharedMachineTests {
    private static let hasTaskset = FileManager.default.fileExists(atPath: "/usr/bin/taskset")

    /// Runs the program without any variable of OpenMP, and through other programs if asked.
    private func run(
        _ arguments: [String], through wrapper: [String] = [],
        while body: (Process) throws -> Void = { _ in }
    ) throws -> Double {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = wrapper + [CommandLineTool.url.path] + arguments
        process.environment = ProcessInfo.processInfo.environment.filter {
            variable in !["GOMP_", "OMP_", "MKL_"].contains { variable.key.hasPrefix($0) }
        }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let start = ContinuousClock.now
        try process.run()
        try body(process)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return (ContinuousClock.now - start) / .seconds(1)
    }

    private func environment(of process: Process) -> [String] {
        let file = URL(fileURLWithPath: "/proc/\(process.processIdentifier)/environ")
        let data = (try? Data(contentsOf: file)) ?? Data()
        return data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The program has a bound for the spinning of OpenMP's threads in its environment, but a user's setting wins.
    @Test(arguments: [
        ([String](), "GOMP_SPINCOUNT=1000"), (["GOMP_SPINCOUNT=7"], "GOMP_SPINCOUNT=7"),
        (["OMP_WAIT_POLICY=active"], nil),
    ])
    func spinningIsBounded(_ variables: [String], expected: String?) async throws {
        let model = try await TinyModel.shared
        let folder = try TemporaryFolder()
        _ = try run(
            model.generate(folder.path("x.gif"), ["--frames", "16"]), through: variables
        ) { process in
            // The first look may come before the program has executed itself again.
            var found: String?
            while process.isRunning, found == nil || found != expected {
                found = environment(of: process).first { $0.hasPrefix("GOMP_SPINCOUNT=") }
                usleep(2000)
            }
            #expect(found == expected)
            let name = "/proc/\(process.processIdentifier)/comm"
            if let text = try? String(contentsOfFile: name, encoding: .utf8), !text.isEmpty {
                #expect(text == "streamingt2v\n")
            }
        }
    }

    /// Threads follow the processors that the process may use.
    @Test(.enabled(if: hasTaskset, "there is no taskset here"))
    func threadsFollowTheAffinityMask() async throws {
        let model = try await TinyModel.shared
        let folder = try TemporaryFolder()
        let mask = try #require(
            try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
                .split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") })
        let first = try #require(mask.split { !$0.isNumber }.first)
        let arguments = model.generate(folder.path("x.gif"), ["--frames", "16"])
        _ = try run(arguments, through: ["taskset", "-c", String(first)])
        let settings = try manifest(folder.path("x.gif"))["settings"] as? [String: Any]
        #expect(settings?["threads"] as? Int == 1)
    }

    /// Next to other busy processes two threads are no slower than one by much: they were 10 to 100 times.
    @Test func twoThreadsShareTheMachine() async throws {
        let model = try await TinyModel.shared
        let folder = try TemporaryFolder()
        let loops = try (0..<ProcessInfo.processInfo.activeProcessorCount).map { _ in
            let loop = Process()
            loop.executableURL = URL(fileURLWithPath: "/bin/sh")
            loop.arguments = ["-c", "while :; do :; done"]
            try loop.run()
            return loop
        }
        defer {
            for loop in loops {
                loop.terminate()
                loop.waitUntilExit()
            }
        }
        var times: [Int: Double] = [:]
        for _ in 0..<2 {
            for threads in [1, 2] {
                let seconds = try run(
                    model.generate(
                        folder.path("x.gif"),
                        ["--frames", "16", "--steps", "4", "--overwrite"]
                            + ["--threads", "\(threads)"]))
                times[threads] = min(times[threads] ?? .infinity, seconds)
            }
        }
        let (one, two) = (try #require(times[1]), try #require(times[2]))
        #expect(two < 3 * one, "one thread takes \(one) s, two take \(two) s")
    }
}
