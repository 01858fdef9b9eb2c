import StreamingT2V

/// What `generate --dry-run` prints.
struct PlanReport {
    let plan: GenerationPlan

    init(_ plan: GenerationPlan) { self.plan = plan }

    var lines: [String] {
        header + [""] + networks + [""] + phases + [""] + totals
    }

    private var header: [String] {
        let length = plan.frames.map { "\($0) frames" } ?? "frames without end"
        let chunks = plan.chunks.map { " in \($0) chunks" } ?? ""
        let guided = plan.guidedSteps.map { ", guided in the first \($0)" } ?? ""
        let interval = plan.cacheInterval ?? 1
        let whole = interval > 1 ? ", the whole network in one of \(interval)" : ""
        return [
            "model   \(plan.model) on \(plan.device), \(plan.threads) threads",
            "video   \(length) of \(plan.width)×\(plan.height)\(chunks), "
                + "\(plan.firstSteps) steps for the first and \(plan.steps) for each other"
                + guided + whole,
        ] + enhancement
    }

    private var enhancement: [String] {
        guard let third = plan.enhancement else { return [] }
        let evaluations = third.evaluations.map { ", \($0) evaluations" } ?? ""
        return [
            "enhance to \(third.width)×\(third.height) in chunks of \(third.chunkFrames) frames, "
                + "\(third.steps) steps for each\(evaluations)"
        ]
    }

    private var networks: [String] {
        plan.networks.map { network in
            let columns = [
                pad(network.name, 30), pad(Terminal.amount(network.parameters), 9),
                pad(Terminal.amount(network.memory, "B"), 10), pad(network.dtype, 9),
                network.file,
            ]
            return columns.joined(separator: " ")
        }
    }

    private var phases: [String] {
        plan.phases.map { pad($0.name, 30) + " " + Terminal.amount($0.memory, "B") }
    }

    private var totals: [String] {
        var lines = [
            "memory  \(Terminal.amount(plan.peakMemory, "B")) at most"
                + (plan.availableMemory.map { "; \(Terminal.amount($0, "B")) can be had" } ?? "")
        ]
        if let size = plan.outputSize {
            lines.append(
                "disk    about \(Terminal.amount(size, "B"))"
                    + (plan.availableDisk.map { "; \(Terminal.amount($0, "B")) are free" } ?? ""))
        }
        guard let times = plan.times else { return lines }
        let seconds = { (value: Double) in
            value < 10 ? "\(Terminal.number(value, decimals: 2)) s" : Terminal.duration(value)
        }
        lines.append(
            "time    " + (times.total.map { "\(seconds($0)): " } ?? "")
                + "loading \(seconds(times.loading)), a step \(seconds(times.firstStep)) in the first chunk and "
                + "\(seconds(times.step)) in others, decoding \(seconds(times.firstDecoding)) and "
                + seconds(times.decoding))
        if let third = times.enhancement {
            lines.append(
                "        " + (third.total.map { "\(seconds($0)) of it to enhance: " } ?? "")
                    + "an evaluation \(seconds(third.evaluation)), a frame's pixels "
                    + seconds(third.frame))
        }
        if times.total == nil {
            lines.append("        \(seconds(times.chunk)) for each further chunk")
        }
        return lines
    }

    private func pad(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 0))
    }
}
