import Foundation

/// The limits that Linux control groups set for this process, cgroup v1 and v2.
///
/// The limit of every ancestor holds too, so all levels are read, from the process's group up to the root that is
/// mounted here. Other systems have none.
package struct ControlGroup: Sendable {
    private let root: String
    private let mounts: [Mount]
    private let memberships: [Membership]

    /// A mounted hierarchy.
    private struct Mount {
        let isUnified: Bool
        let controllers: Set<String>
        /// The group that is seen at ``point``.
        let group: String
        let point: String
    }

    /// A line of `/proc/self/cgroup`; cgroup v2 names no controllers.
    private struct Membership {
        let controllers: Set<String>
        let group: String
    }

    /// Reads which groups this process is in.
    ///
    /// - Parameter root: a folder that stands for `/`, for tests.
    package init(root: String = "") {
        self.root = root
        mounts = Self.lines(of: root + "/proc/self/mountinfo").compactMap { line in
            let fields = line.split(at: " ")
            guard let dash = fields.firstIndex(of: "-"), dash >= 5, fields.count > dash + 3 else {
                return nil
            }
            let kind = fields[dash + 1]
            guard kind == "cgroup" || kind == "cgroup2" else { return nil }
            return Mount(
                isUnified: kind == "cgroup2",
                controllers: Set(fields[dash + 3].split(at: ",")),
                group: fields[3], point: fields[4])
        }
        memberships = Self.lines(of: root + "/proc/self/cgroup").compactMap { line in
            let fields = line.split(at: ":", maxSplits: 2, omittingEmpty: false)
            guard fields.count == 3 else { return nil }
            return Membership(
                controllers: Set(fields[1].split(at: ",")), group: fields[2])
        }
    }

    /// Processor time per second of time, in processors; `nil` without a limit.
    package var processorQuota: Double? {
        let unified = folders(of: "cpu", unified: true).compactMap { folder -> Double? in
            let fields = Self.text(folder + "/cpu.max").split(separator: " ")
            guard fields.count == 2 else { return nil }
            return Self.share(Int(fields[0]), of: Int(fields[1]))
        }
        let legacy = folders(of: "cpu", unified: false).compactMap { folder in
            Self.share(
                number(folder + "/cpu.cfs_quota_us"), of: number(folder + "/cpu.cfs_period_us"))
        }
        return (unified + legacy).min()
    }

    /// Bytes that may still be used before a memory limit is reached; `nil` without a limit.
    ///
    /// File pages that the system can drop count as free.
    package var availableMemory: Int? {
        let unified = folders(of: "memory", unified: true).compactMap { folder -> Int? in
            let limits = ["/memory.max", "/memory.high"].compactMap { number(folder + $0) }
            return limits.min().flatMap {
                room(
                    limit: $0, used: number(folder + "/memory.current"), folder, "inactive_file")
            }
        }
        let legacy = folders(of: "memory", unified: false).compactMap { folder -> Int? in
            number(folder + "/memory.limit_in_bytes").flatMap {
                room(
                    limit: $0, used: number(folder + "/memory.usage_in_bytes"), folder,
                    "total_inactive_file")
            }
        }
        return (unified + legacy).min()
    }

    /// What is free below a limit; a limit near 2^63 is how cgroup v1 says that there is none.
    private func room(limit: Int, used: Int?, _ folder: String, _ reclaimable: String) -> Int? {
        guard let used, limit < 1 << 60 else { return nil }
        var dropped = 0
        for line in Self.text(folder + "/memory.stat").split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count == 2, fields[0] == reclaimable { dropped = Int(fields[1]) ?? 0 }
        }
        return max(limit - max(used - max(dropped, 0), 0), 0)
    }

    private static func share(_ quota: Int?, of period: Int?) -> Double? {
        guard let quota, let period, quota > 0, period > 0 else { return nil }
        return Double(quota) / Double(period)
    }

    /// The folders of this process's group and its ancestors in the hierarchies of a controller.
    private func folders(of controller: String, unified: Bool) -> [String] {
        mounts.filter {
            $0.isUnified == unified && (unified || $0.controllers.contains(controller))
        }
        .flatMap { mount -> [String] in
            let membership = memberships.first {
                unified ? $0.controllers.isEmpty : $0.controllers.contains(controller)
            }
            // A group outside the namespace is not below the mounted one, which holds then.
            let base = mount.group == "/" ? "" : mount.group
            let group = membership.map(\.group) ?? "/"
            let isBelow = group.utf8.starts(with: (base + "/").utf8)
            var parts = isBelow ? group.split(at: "/").dropFirst(base.split(at: "/").count) : []
            if parts.contains("..") { parts = [] }
            var found = [root + mount.point]
            for part in parts {
                found.append((found.last ?? "") + "/" + part)
            }
            return found
        }
    }

    private func number(_ path: String) -> Int? { Int(Self.text(path)) }

    private static func lines(of path: String) -> [String] { text(path).split(at: "\n") }

    /// A file's text; names of groups and mounts need not be UTF-8.
    private static func text(_ path: String) -> String {
        let bytes = try? Data(contentsOf: URL(fileURLWithPath: path))
        return String(decoding: bytes ?? Data(), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
