import Foundation
import Testing

@testable import Foundations

/// Limits are read from folders laid out like `/proc` and `/sys/fs/cgroup`.
@Suite struct ControlGroupTests {
    /// A folder that stands for `/`; goes with the test.
    private final class FakeRoot {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cgroup-\(UUID())")

        init(_ files: [String: String]) throws {
            for (path, text) in files {
                let file = folder.appending(path: path)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try Data(text.utf8).write(to: file)
            }
        }

        var group: ControlGroup { ControlGroup(root: folder.path) }

        deinit { try? FileManager.default.removeItem(at: folder) }
    }

    private static let unified = [
        "proc/self/mountinfo": """
        22 1 0:20 / /proc rw - proc proc rw
        30 22 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate
        """,
        "proc/self/cgroup": "0::/user.slice/job.scope\n",
    ]

    @Test func theTightestLevelCounts() throws {
        let root = try FakeRoot(
            Self.unified.merging([
                "sys/fs/cgroup/user.slice/cpu.max": "150000 100000\n",
                "sys/fs/cgroup/user.slice/job.scope/cpu.max": "max 100000\n",
                "sys/fs/cgroup/user.slice/memory.max": "3000\n",
                "sys/fs/cgroup/user.slice/memory.current": "1000\n",
                "sys/fs/cgroup/user.slice/memory.stat": "anon 600\ninactive_file 250\n",
                "sys/fs/cgroup/user.slice/job.scope/memory.max": "max\n",
                "sys/fs/cgroup/user.slice/job.scope/memory.high": "2900\n",
                "sys/fs/cgroup/user.slice/job.scope/memory.current": "900\n",
            ]) { $1 })
        #expect(root.group.processorQuota == 1.5)
        #expect(root.group.availableMemory == 2000)  // 2,900 - 900; above it 3,000 - (1,000 - 250)
    }

    /// Names of mounts and groups are bytes; neither a mark nor bytes that are no UTF-8 hide a limit.
    @Test func oddNamesHideNoLimit() throws {
        let root = try FakeRoot([
            "proc/self/mountinfo":
                "29 22 0:25 / /mnt/\u{600} rw - tmpfs \u{600} rw\n"
                + "30 22 0:26 /\u{600} /cg\u{600} rw - cgroup2 \u{600} rw\n",
            "proc/self/cgroup": "0::/\u{600}/a\u{600}/b\n",
            "cg\u{600}/cpu.max": "400000 100000\n",
            "cg\u{600}/a\u{600}/cpu.max": "300000 100000\n",
            "cg\u{600}/a\u{600}/b/cpu.max": "200000 100000\n",
        ])
        #expect(root.group.processorQuota == 2)
        let mounts = root.folder.appending(path: "proc/self/mountinfo")
        try
            (Data("28 22 0:24 / /mnt/".utf8) + [0xE9] + Data(" rw - tmpfs x rw\n".utf8)
            + Data(contentsOf: mounts)).write(to: mounts)
        #expect(root.group.processorQuota == 2)
    }

    @Test func containersSeeTheirGroupAsTheRoot() throws {
        let root = try FakeRoot([
            "proc/self/mountinfo":
                "30 22 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
            "proc/self/cgroup": "0::/docker/abc\n",
            "sys/fs/cgroup/cpu.max": "100000 100000\n",
        ])
        #expect(root.group.processorQuota == 1)
        #expect(root.group.availableMemory == nil)
    }

    @Test func groupsOutsideTheNamespaceFallBackToTheMountedOne() throws {
        let root = try FakeRoot([
            "proc/self/mountinfo": "30 22 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
            "proc/self/cgroup": "0::/../other\n",
            "sys/fs/cgroup/cpu.max": "50000 100000\n", "sys/fs/cpu.max": "1 100000\n",
        ])
        #expect(root.group.processorQuota == 0.5)
    }

    @Test func versionOne() throws {
        let root = try FakeRoot([
            "proc/self/mountinfo": """
            31 30 0:27 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct
            32 30 0:28 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory
            33 30 0:29 / /sys/fs/cgroup/unified ro - cgroup2 cgroup2 rw
            """,
            "proc/self/cgroup":
                "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc/inner\n0::/docker/abc\n",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "250000\n",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/cpu,cpuacct/inner/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu,cpuacct/inner/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "5000\n",
            "sys/fs/cgroup/memory/memory.usage_in_bytes": "4000\n",
            "sys/fs/cgroup/memory/memory.stat": "inactive_file 1\ntotal_inactive_file 500\n",
        ])
        #expect(root.group.processorQuota == 2.5)
        #expect(root.group.availableMemory == 1500)
    }

    @Test(arguments: [
        ("max 100000", nil), ("0 100000", nil), ("100000 0", nil), ("99999999999999999999 1", nil),
        ("garbage", nil), ("", nil), ("20000 100000", 0.2 as Double?),
    ])
    func oddQuotas(_ text: String, expected: Double?) throws {
        let root = try FakeRoot(
            Self.unified.merging(["sys/fs/cgroup/cpu.max": text]) { $1 })
        #expect(root.group.processorQuota == expected)
    }

    @Test func noLimitInVersionOneIsNoLimit() throws {
        let root = try FakeRoot([
            "proc/self/mountinfo": "32 30 0:28 / /m ro - cgroup cgroup rw,memory\n",
            "proc/self/cgroup": "5:memory:/\n",
            "m/memory.limit_in_bytes": "9223372036854771712\n", "m/memory.usage_in_bytes": "1\n",
        ])
        #expect(root.group.availableMemory == nil)
    }

    @Test(arguments: [
        ("20000 100000", 1), ("140000 100000", 1), ("150000 100000", 2), ("800000 100000", 4),
        ("max 100000", 4),
    ])
    func quotasBoundTheThreads(_ text: String, expected: Int) throws {
        let root = try FakeRoot(
            Self.unified.merging(["sys/fs/cgroup/cpu.max": text]) { $1 })
        #expect(Processors.limit(4, by: root.group) == expected)
    }
}
