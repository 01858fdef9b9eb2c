import Foundation
import Foundations

/// Time since this process was started by the system.
enum ProcessClock {
    /// Seconds since the start, from `/proc`; 0 where that is unknown.
    static func secondsSinceStart() -> Double {
        guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
            let uptime = try? String(contentsOfFile: "/proc/uptime", encoding: .utf8),
            let now = uptime.split(separator: " ").first.flatMap({ Double($0) }),
            let tail = text.split(at: ")").last
        else { return 0 }
        let fields = tail.split(separator: " ")
        guard fields.count > 19, let ticks = Double(fields[19]) else { return 0 }
        return max(now - ticks / Double(sysconf(Int32(_SC_CLK_TCK))), 0)
    }
}
