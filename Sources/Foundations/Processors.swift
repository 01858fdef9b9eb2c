import Foundation

/// The processors that this process may use.
package enum Processors {
    /// How many threads can run at once: the processors that the scheduler allows (`taskset`,
    /// cpusets), but no more than the quota of the control groups, rounded to the nearest number and at least 1.
    package static var available: Int {
        limit(allowed ?? ProcessInfo.processInfo.activeProcessorCount, by: ControlGroup())
    }

    /// Applies a group's quota to a number of processors.
    package static func limit(_ count: Int, by group: ControlGroup) -> Int {
        guard let quota = group.processorQuota else { return max(count, 1) }
        return max(1, min(count, Int(min(quota, 1e6).rounded())))
    }

    /// Processors in this process's affinity mask; `nil` where the system does not tell.
    private static var allowed: Int? {
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed:") })
        else { return nil }
        let count = line.dropFirst("Cpus_allowed:".count).reduce(0) {
            $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0)
        }
        return count > 0 ? count : nil
    }
}
