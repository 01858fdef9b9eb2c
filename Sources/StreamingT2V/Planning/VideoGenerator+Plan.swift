import Foundations
import Torch
import TorchNN
import VideoModels

extension VideoGenerator {
    /// What the request will do and take, from the sizes of the networks alone.
    ///
    /// - Parameters:
    ///   - output: the file or folder of the video, whose disk is looked at.
    ///   - measuresTime: whether layers are tried for some seconds to forecast the times.
    public func generationPlan(
        for request: PreparedRequest, output: String, measuresTime: Bool = false
    ) throws -> GenerationPlan {
        let shelf = try opened()
        let settings = request.settings
        let size = (width: settings.width, height: settings.height)
        let work = work(request, settings, shelf)
        let programMemory = MemoryForecast.programBytes()
        let availableMemory = MachineRoom.memory()
        let forecast = MemoryForecast(
            work, shelf, shelf.preparation, shelf.residency, programBytes: programMemory)
        let times =
            measuresTime
            ? try TimeForecast(work, shelf, size: size).times(
                work, forecast.entries, shelf, chunks: request.chunkCount,
                isContinuation: request.footage != nil,
                steps: (settings.first.guidedEquivalent, settings.further.guidedEquivalent),
                size: size) : nil
        let format = OutputSize(path: output)
        return GenerationPlan(
            model: folder.url.path, device: "\(shelf.preparation.device)",
            threads: Runtime.threadCount, width: size.width, height: size.height,
            frames: request.request.frames, chunks: request.chunkCount,
            firstSteps: settings.firstSteps, steps: settings.steps,
            guidedSteps: settings.guidedSteps,
            cacheInterval: settings.cacheInterval > 1 ? settings.cacheInterval : nil,
            networks: networks(of: work, shelf),
            phases: forecast.entries.map { entry in
                GenerationPlan.Phase(
                    name: entry.part.name, networks: shelf.ordered(entry.resident).map(\.name),
                    memory: entry.bytes)
            },
            programMemory: programMemory, peakMemory: forecast.peak,
            availableMemory: availableMemory,
            outputSize: request.request.frames.map {
                format.bytes(frames: $0, width: size.width, height: size.height)
            },
            availableDisk: MachineRoom.disk(of: format.folder), times: times)
    }

    /// Throws if the memory of this machine or the disk of the output has no room for what is planned.
    ///
    /// - Throws: `GenerationError.notEnoughMemory` with what would fit, `.notEnoughDisk`.
    public func requireRoom(
        for request: PreparedRequest, _ plan: GenerationPlan, output: String
    ) throws {
        try requireRoom(
            for: request, plan, output: output,
            memory: plan.availableMemory, disk: plan.availableDisk)
    }

    /// The same for a machine with this much memory and disk, in bytes.
    func requireRoom(
        for request: PreparedRequest, _ plan: GenerationPlan, output: String, memory: Int?,
        disk: Int?
    ) throws {
        if let needed = plan.outputSize, let disk, needed > disk {
            throw GenerationError.notEnoughDisk(
                folder: OutputSize(path: output).folder, needed: needed, free: disk)
        }
        let shelf = try opened()
        guard shelf.preparation.device == .cpu, let memory, plan.peakMemory > memory else { return }
        throw GenerationError.notEnoughMemory(
            needed: plan.peakMemory, free: memory,
            alternatives: alternatives(to: request, plan, shelf, within: memory))
    }

    /// Fields with which the video would fit, and the memory that it then takes.
    private func alternatives(
        to request: PreparedRequest, _ plan: GenerationPlan, _ shelf: NetworkShelf,
        within limit: Int
    ) -> [FailureText] {
        var found: [FailureText] = []
        func consider(
            _ fields: FailureText, _ settings: SamplingSettings, _ dtype: DType,
            _ residency: Residency
        ) -> Bool {
            let work = work(request, settings, shelf)
            var preparation = shelf.preparation
            preparation.dtype = dtype
            let peak = MemoryForecast(
                work, shelf, preparation, residency, programBytes: plan.programMemory
            ).peak
            if peak <= limit { found.append("\(fields) (\(peak.gigabytes))") }
            return peak <= limit
        }
        let (dtype, residency) = (shelf.preparation.dtype, shelf.residency)
        let settings = request.settings
        let half: FailureText = "\(field: "dtype") bfloat16"
        let offload: FailureText = "\(field: "offload")"
        if dtype == .float32 { _ = consider(half, settings, .bfloat16, residency) }
        if residency != .offloaded {
            _ = consider(offload, settings, dtype, .offloaded)
            if dtype == .float32 {
                _ = consider("\(half) \(offload)", settings, .bfloat16, .offloaded)
            }
        }
        for part in stride(from: 7, to: 0, by: -1) {
            var smaller = settings
            let unit = sizeRule.unit
            smaller.width = max(settings.width * part / 8 / unit * unit, unit)
            smaller.height = max(settings.height * part / 8 / unit * unit, unit)
            guard (try? sizeRule.require(smaller)) != nil,
                smaller.width * smaller.height < settings.width * settings.height
            else { continue }
            let fields: FailureText =
                "\(field: "width") \(smaller.width) \(field: "height") \(smaller.height)"
            if consider(fields, smaller, dtype, residency) { break }
        }
        return found
    }

    private func work(
        _ request: PreparedRequest, _ settings: SamplingSettings, _ shelf: NetworkShelf
    ) -> PlannedWork {
        PlannedWork(
            settings, frames: (chunkFrames, keptFrames), chunks: request.chunkCount,
            isContinuation: request.footage != nil,
            unet: shelf.pipeline.unet.configuration,
            autoencoder: shelf.pipeline.autoencoder.configuration)
    }

    private func networks(
        of work: PlannedWork, _ shelf: NetworkShelf
    ) -> [GenerationPlan.Network] {
        let used = work.parts.reduce(into: Set()) { $0.formUnion(shelf.existing($1.work.networks)) }
        return shelf.ordered(used).map { network in
            GenerationPlan.Network(
                name: network.name, file: folder.weights(network.component(in: shelf)).path,
                parameters: shelf.module(network)?.parameterCount ?? 0,
                memory: shelf.byteCount(network, shelf.preparation),
                dtype: "\(network == .textEncoder ? .float32 : shelf.preparation.dtype)")
        }
    }
}
