import Foundation

/// Room that this machine has at the moment.
enum MachineRoom {
    /// Bytes of memory that this process can have in all, what it has already included; `nil` where the system does not
    /// tell.
    static func memory() -> Int? {
        guard let own = ProcessMemory.resident() else { return nil }
        let limits = [available(), groupLimit()].compactMap(\.self)
        return limits.min().map { $0 + own }
    }

    /// Free bytes on the disk of a folder; `nil` where the system does not tell.
    static func disk(of folder: String) -> Int? {
        var space = statvfs()
        guard statvfs(folder, &space) == 0, space.f_blocks > 0 else { return nil }
        return Int(clamping: UInt64(space.f_bavail) &* UInt64(space.f_frsize))
    }

    /// What the system could give to programs without swapping.
    private static func available() -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8) else {
            return nil
        }
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        return line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }.map { $0 << 10 }
    }

    /// What a container may still take.
    private static func groupLimit() -> Int? {
        func number(_ name: String) -> Int? {
            let text = try? String(contentsOfFile: "/sys/fs/cgroup/\(name)", encoding: .utf8)
            return text.flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
        }
        guard let limit = number("memory.max"), let used = number("memory.current") else {
            return nil
        }
        return max(limit - used, 0)
    }
}
