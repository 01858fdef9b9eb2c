import Foundations
import Torch
import TorchNN
import VideoModels

extension VideoGenerator {
    /// What the request will do and take, from the sizes of the networks alone.
    ///
    /// - Parameters:
    ///   - footage: what the video begins with instead of a generated chunk.
    ///   - output: the file or folder of the video, whose disk is looked at.
    ///   - measuresTime: whether layers are tried for some seconds to forecast the times.
    /// - Throws: what ``check(_:)`` throws.
    public func generationPlan(
        for request: GenerationRequest, continuing footage: Footage? = nil, output: String,
        measuresTime: Bool = false
    ) throws -> GenerationPlan {
        try check(request, continuing: footage)
        let shelf = try opened()
        let size = try size(of: request)
        let work = work(request, footage, shelf, size: size)
        let programMemory = MemoryForecast.programBytes()
        let availableMemory = MachineRoom.memory()
        let forecast = MemoryForecast(
            work, shelf, shelf.preparation, shelf.residency, programBytes: programMemory)
        let chunks = chunkCount(request, footage)
        let (first, further) = (
            request.firstSampling(defaults), request.streamingSampling(defaults)
        )
        let times =
            measuresTime
            ? try TimeForecast(work, shelf, size: size).times(
                work, forecast.entries, shelf, chunks: chunks, isContinuation: footage != nil,
                steps: (
                    first.guidedEquivalent(branches: first.firstGuidance.branches.count),
                    further.guidedEquivalent(branches: further.streamingGuidance.branches.count)
                ), size: size) : nil
        let format = OutputSize(path: output)
        return GenerationPlan(
            model: folder.url.path, device: "\(shelf.preparation.device)",
            threads: Runtime.threadCount, width: size.width, height: size.height,
            frames: request.frames, chunks: chunks, firstSteps: first.steps, steps: further.steps,
            guidedSteps: request.guidedSteps, cacheInterval: request.cacheInterval,
            networks: networks(of: work, shelf),
            phases: forecast.entries.map { entry in
                GenerationPlan.Phase(
                    name: entry.part.name, networks: shelf.ordered(entry.resident).map(\.name),
                    memory: entry.bytes)
            },
            programMemory: programMemory, peakMemory: forecast.peak,
            availableMemory: availableMemory,
            outputSize: request.frames.map {
                format.bytes(frames: $0, width: size.width, height: size.height)
            },
            availableDisk: MachineRoom.disk(of: format.folder), times: times)
    }

    /// Throws if the memory of this machine or the disk of the output has no room for what is planned.
    ///
    /// - Throws: `GenerationError.notEnoughMemory` with what would fit, `.notEnoughDisk`.
    public func requireRoom(
        for request: GenerationRequest, continuing footage: Footage? = nil,
        _ plan: GenerationPlan, output: String
    ) throws {
        try requireRoom(
            for: request, continuing: footage, plan, output: output,
            memory: plan.availableMemory, disk: plan.availableDisk)
    }

    /// The same for a machine with this much memory and disk, in bytes.
    func requireRoom(
        for request: GenerationRequest, continuing footage: Footage? = nil,
        _ plan: GenerationPlan, output: String, memory: Int?, disk: Int?
    ) throws {
        if let needed = plan.outputSize, let disk, needed > disk {
            throw GenerationError.notEnoughDisk(
                folder: OutputSize(path: output).folder, needed: needed, free: disk)
        }
        let shelf = try opened()
        guard shelf.preparation.device == .cpu, let memory, plan.peakMemory > memory else { return }
        throw GenerationError.notEnoughMemory(
            needed: plan.peakMemory, free: memory,
            alternatives: try alternatives(to: request, footage, plan, shelf, within: memory))
    }

    /// Options with which the video would fit, and the memory that it then takes.
    private func alternatives(
        to request: GenerationRequest, _ footage: Footage?, _ plan: GenerationPlan,
        _ shelf: NetworkShelf, within limit: Int
    ) throws -> [String] {
        var found: [String] = []
        func consider(
            _ options: String, _ request: GenerationRequest, _ dtype: DType, _ residency: Residency
        ) throws -> Bool {
            let work = work(request, footage, shelf, size: try size(of: request))
            var preparation = shelf.preparation
            preparation.dtype = dtype
            let peak = MemoryForecast(
                work, shelf, preparation, residency, programBytes: plan.programMemory
            ).peak
            if peak <= limit { found.append("\(options) (\(peak.gigabytes))") }
            return peak <= limit
        }
        let (dtype, residency) = (shelf.preparation.dtype, shelf.residency)
        if dtype == .float32 {
            _ = try consider("--dtype bfloat16", request, .bfloat16, residency)
        }
        if residency != .offloaded {
            _ = try consider("--offload", request, dtype, .offloaded)
            if dtype == .float32 {
                _ = try consider("--dtype bfloat16 --offload", request, .bfloat16, .offloaded)
            }
        }
        let (width, height) = try size(of: request)
        for part in stride(from: 7, to: 0, by: -1) {
            var smaller = request
            let unit = sizeRule.unit
            smaller.width = max(width * part / 8 / unit * unit, unit)
            smaller.height = max(height * part / 8 / unit * unit, unit)
            guard let (columns, rows) = try? size(of: smaller), columns * rows < width * height
            else { continue }
            let options = "--width \(columns) --height \(rows)"
            if try consider(options, smaller, dtype, residency) { break }
        }
        return found
    }

    private func chunkCount(_ request: GenerationRequest, _ footage: Footage?) -> Int? {
        request.frames.map {
            plan(continuing: footage).chunkCount(frames: $0 + (footage?.frameCount ?? 0))
        }
    }

    private func work(
        _ request: GenerationRequest, _ footage: Footage?, _ shelf: NetworkShelf,
        size: (width: Int, height: Int)
    ) -> PlannedWork {
        PlannedWork(
            request, defaults, size: size, frames: (chunkFrames, keptFrames),
            chunks: chunkCount(request, footage), isContinuation: footage != nil,
            unet: shelf.pipeline.unet.configuration,
            autoencoder: shelf.pipeline.autoencoder.configuration)
    }

    private func networks(
        of work: PlannedWork, _ shelf: NetworkShelf
    ) -> [GenerationPlan.Network] {
        let used = work.parts.reduce(into: Set()) { $0.formUnion(shelf.existing($1.networks)) }
        return shelf.ordered(used).map { network in
            GenerationPlan.Network(
                name: network.name, file: folder.weights(network.component(in: shelf)).path,
                parameters: shelf.module(network)?.parameterCount ?? 0,
                memory: shelf.byteCount(network, shelf.preparation),
                dtype: "\(network == .textEncoder ? .float32 : shelf.preparation.dtype)")
        }
    }
}
