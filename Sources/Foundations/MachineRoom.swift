import Foundation

/// Free memory and disk space on this machine.
package enum MachineRoom {
    /// Memory available to this process in bytes, including what it already uses; `nil` where the system does not tell.
    ///
    /// The least of the system's free memory, the control groups' limits and the limit of the address space
    /// (`ulimit -v`).
    package static func memory() -> Int? {
        guard let own = ProcessMemory.resident() else { return nil }
        let limits = [systemMemory(), ControlGroup().availableMemory, addressSpace()]
        return limits.compactMap(\.self).min().map { $0 + own }
    }

    /// Free bytes on the disk of a folder; `nil` where the system does not tell.
    package static func disk(of folder: String) -> Int? {
        var space = statvfs()
        guard statvfs(folder, &space) == 0, space.f_blocks > 0 else { return nil }
        let (bytes, overflow) = UInt64(space.f_bavail).multipliedReportingOverflow(
            by: UInt64(space.f_frsize))
        return overflow ? Int.max : Int(clamping: bytes)
    }

    /// What the system could give to programs without swapping.
    private static func systemMemory() -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8) else {
            return nil
        }
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
    }

    /// What is free below the limit of the address space; `nil` without a limit.
    private static func addressSpace() -> Int? {
        #if os(Linux)
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0,
            let bytes = Int(exactly: limit.rlim_cur), let mapped = ProcessMemory.mapped()
        else { return nil }
        return max(bytes - mapped, 0)
        #else
        return nil
        #endif
    }
}
