import Foundation

/// The memory of this process, from `/proc`; `nil` where the system has no such file.
public enum ProcessMemory {
    /// Resident memory, in bytes.
    public static func resident() -> Int? { field("VmRSS") }

    /// Peak resident memory, in bytes.
    public static func peak() -> Int? { field("VmHWM") }

    /// Address space in use, in bytes.
    package static func mapped() -> Int? { field("VmSize") }

    private static func field(_ name: String) -> Int? {
        guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = text.split(separator: "\n").first(where: { $0.hasPrefix(name + ":") }),
            let kibibytes = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst()
                .first.flatMap({ Int($0) })
        else { return nil }
        return kibibytes << 10
    }
}
