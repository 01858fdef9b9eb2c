import Foundation
import TestSupport
import Testing

/// How the program shares processors with others.
///
/// `scripts/check-contention` measures it.
@Suite(.serialized) struct SharedMachineTests {
    private static let hasTaskset = FileManager.default.fileExists(atPath: "/usr/bin/taskset")

    /// Starts the program without any variable of OpenMP, and through other programs if asked.
    private func start(
        _ arguments: [String], through wrapper: [String] = []
    ) throws -> CommandLineTool.Running {
        try CommandLineTool.Running(arguments, through: wrapper) { environment in
            environment.filter { variable in
                !["GOMP_", "OMP_", "MKL_"].contains { variable.key.hasPrefix($0) }
            }
        }
    }

    private func environment(of running: CommandLineTool.Running) -> [String] {
        let file = URL(fileURLWithPath: "/proc/\(running.processIdentifier)/environ")
        let data = (try? Data(contentsOf: file)) ?? Data()
        return data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The program has a bound for the spinning of OpenMP's threads in its environment, but a user's setting wins.
    @Test(arguments: [
        ([String](), "GOMP_SPINCOUNT=3000"), (["GOMP_SPINCOUNT=7"], "GOMP_SPINCOUNT=7"),
        (["OMP_WAIT_POLICY=active"], nil),
    ])
    func spinningIsBounded(_ variables: [String], expected: String?) async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        let running = try start(
            model.generate(folder.path("x.gif"), ["--endless"]), through: variables)
        // The first look may come before the program has executed itself again.
        let isSet = try await wait {
            let found = environment(of: running).first { $0.hasPrefix("GOMP_SPINCOUNT=") }
            return found == expected && running.catchesInterrupts
        }
        #expect(isSet, "\(environment(of: running))")
        let name = "/proc/\(running.processIdentifier)/comm"
        #expect(try String(contentsOfFile: name, encoding: .utf8) == "streamingt2v\n")
        running.send(SIGINT)
        #expect(await running.result().status == 130)
    }

    /// Threads follow the processors that the process may use.
    @Test(.enabled(if: hasTaskset, "there is no taskset here"))
    func threadsFollowTheAffinityMask() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        let mask = try #require(
            try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
                .split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") })
        let first = try #require(mask.split { !$0.isNumber }.first)
        let arguments = model.generate(folder.path("x.gif"), ["--frames", "16"])
        let result = await (try start(arguments, through: ["taskset", "-c", String(first)]))
            .result()
        #expect(result.status == 0, "\(result.errors)")
        let settings = try manifest(folder.path("x.gif"))["settings"] as? [String: Any]
        #expect(settings?["threads"] as? Int == 1)
    }

    /// Next to other busy processes two threads are no slower than one by much: they were 10 to 100 times.
    @Test func twoThreadsShareTheMachine() async throws {
        let model = try await TinyModel.shared
        let folder = try Scratch()
        let loops = try (0..<ProcessInfo.processInfo.activeProcessorCount).map { _ in
            let loop = Process()
            loop.executableURL = URL(fileURLWithPath: "/bin/sh")
            // Its processor time is bounded, so that it ends even if the tests are killed.
            loop.arguments = ["-c", "ulimit -t 120; while :; do :; done"]
            try loop.run()
            return loop
        }
        // The loops inherit a signal mask that holds SIGTERM back.
        defer { for loop in loops { kill(loop.processIdentifier, SIGKILL) } }
        var times: [Int: Duration] = [:]
        for _ in 0..<2 {
            for threads in [1, 2] {
                let arguments = [
                    "--frames", "16", "--steps", "4", "--overwrite", "--threads", "\(threads)",
                ]
                let begin = ContinuousClock.now
                let result = await (try start(model.generate(folder.path("x.gif"), arguments)))
                    .result()
                #expect(result.status == 0, "\(result.errors)")
                times[threads] = min(times[threads] ?? .seconds(1e6), ContinuousClock.now - begin)
            }
        }
        let (one, two) = (try #require(times[1]), try #require(times[2]))
        #expect(two < one * 3, "one thread takes \(one), two take \(two)")
    }
}
