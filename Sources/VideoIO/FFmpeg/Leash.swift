import Foundation
import Subprocess

/// Ties programs to this process: the kernel sends them a signal when it dies.
///
/// Without it, a program that neither reads nor writes a pipe would outlive a `kill -9` of this
/// process. `setpriv` of util-linux asks the kernel for it and is then replaced by the program.
/// The signal comes when the starting *thread* ends; Subprocess starts all programs from a thread
/// that lives as long as the process.
struct Leash: Sendable {
    private let setpriv: String

    /// `nil` where the system has no such program; then broken pipes alone end the others.
    static var shared: Leash? {
        get async { await task.value }
    }

    private static let task = Task<Leash?, Never> {
        for path in ["/usr/bin/setpriv", "/bin/setpriv"] where access(path, X_OK) == 0 {
            let trial = try? await run(
                .path(.init(path)), arguments: ["--pdeathsig", "KILL", "--", path, "--version"],
                output: .discarded, error: .discarded)
            if trial?.terminationStatus.isSuccess == true { return Leash(setpriv: path) }
        }
        return nil
    }

    /// What stands before the program on the command line.
    ///
    /// An encoder gets SIGPIPE. ffmpeg ignores it, finds the end of its input, and completes the
    /// file; anything else that stands in for it and hangs is ended. SIGTERM would make ffmpeg
    /// drop the frames that are still in the pipe.
    func command(for role: Program.Role) -> [String] {
        let signal =
            switch role {
            case .helper: "KILL"
            case .encoder: "PIPE"
            }
        return [setpriv, "--pdeathsig", signal, "--"]
    }
}
