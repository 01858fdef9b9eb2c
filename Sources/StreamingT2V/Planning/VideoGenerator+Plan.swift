import Foundations
import Torch
import TorchNN
import VideoModels

extension VideoGenerator {
    /// The work and the resources that a request takes, from the sizes of the networks alone.
    ///
    /// - Parameters:
    ///   - stage: the third stage, if the video goes through one.
    ///   - output: the file or folder of the video, whose disk is looked at.
    ///   - measuresTime: whether layers are tried for some seconds to forecast the times.
    public func generationPlan(
        for request: PreparedRequest, enhancing stage: GenerationJob.Enhancement? = nil,
        output: String, measuresTime: Bool = false
    ) throws -> GenerationPlan {
        let shelf = try opened()
        let settings = request.settings
        let size = (width: settings.width, height: settings.height)
        let third = try planned(stage, request)
        let work = work(request, settings, shelf, third)
        let programMemory = MemoryForecast.programBytes()
        let availableMemory = MachineRoom.memory()
        let forecast = MemoryForecast(
            work, shelf, shelf.preparation, shelf.residency,
            enhancing: third.map {
                MemoryForecast.Stage(
                    shelf: $0.shelf, preparation: $0.shelf.preparation,
                    residency: $0.shelf.residency)
            },
            programBytes: programMemory)
        let times =
            measuresTime
            ? try TimeForecast(work, shelf, size: size, enhancing: third).times(
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
            enhancement: third?.plan, networks: networks(of: work, [shelf, third?.shelf]),
            phases: forecast.entries.map { entry in
                GenerationPlan.Phase(
                    name: entry.phase.name, networks: entry.resident.map(\.name),
                    memory: entry.bytes)
            },
            programMemory: programMemory, peakMemory: forecast.peak,
            availableMemory: availableMemory,
            // The video before the third stage is written as well.
            outputSize: request.request.frames.map { frames in
                [size, third?.size].compactMap(\.self).reduce(0) {
                    $0 + format.bytes(frames: frames, width: $1.width, height: $1.height)
                }
            },
            availableDisk: MachineRoom.disk(of: format.folder), times: times)
    }

    /// Throws if the memory of this machine or the disk of the output has no room for what is planned.
    ///
    /// - Parameter stage: the third stage that the plan has, if any.
    /// - Throws: `GenerationError.notEnoughMemory` with alternatives that fit, `.notEnoughDisk`.
    public func requireRoom(
        for request: PreparedRequest, enhancing stage: GenerationJob.Enhancement? = nil,
        _ plan: GenerationPlan, output: String
    ) throws {
        try requireRoom(
            for: request, enhancing: stage, plan, output: output,
            memory: plan.availableMemory, disk: plan.availableDisk)
    }

    /// The same for a machine with this much memory and disk, in bytes.
    func requireRoom(
        for request: PreparedRequest, enhancing stage: GenerationJob.Enhancement? = nil,
        _ plan: GenerationPlan, output: String, memory: Int?, disk: Int?
    ) throws {
        if let needed = plan.outputSize, let disk, needed > disk {
            throw GenerationError.notEnoughDisk(
                folder: OutputSize(path: output).folder, needed: needed, free: disk)
        }
        let shelf = try opened()
        guard shelf.preparation.device == .cpu, let memory, plan.peakMemory > memory else { return }
        let third = try planned(stage, request)
        throw GenerationError.notEnoughMemory(
            needed: plan.peakMemory, free: memory,
            alternatives: alternatives(to: request, plan, shelf, third, within: memory))
    }

    /// Fields with which the video would fit, and the memory that it then takes.
    private func alternatives(
        to request: PreparedRequest, _ plan: GenerationPlan, _ shelf: NetworkShelf,
        _ third: PlannedEnhancement?, within limit: Int
    ) -> [FailureText] {
        var found: [FailureText] = []
        func consider(
            _ fields: FailureText, _ settings: SamplingSettings, dtype: DType? = nil,
            residency: Residency? = nil, enhancing third: PlannedEnhancement?
        ) -> Bool {
            func stage(_ shelf: PartShelf) -> MemoryForecast.Stage {
                var preparation = shelf.preparation
                preparation.dtype = dtype ?? preparation.dtype
                return MemoryForecast.Stage(
                    shelf: shelf, preparation: preparation,
                    residency: residency ?? shelf.residency)
            }
            let first = stage(shelf)
            let peak = MemoryForecast(
                work(request, settings, shelf, third), shelf, first.preparation, first.residency,
                enhancing: third.map { stage($0.shelf) }, programBytes: plan.programMemory
            ).peak
            if peak <= limit { found.append("\(fields) (\(peak.gigabytes))") }
            return peak <= limit
        }
        let shelves = [shelf, third?.shelf].compactMap(\.self)
        let isSingle = shelf.preparation.dtype == .float32
        let settings = request.settings
        let half: FailureText = "\(field: "dtype") bfloat16"
        let offload: FailureText = "\(field: "offload")"
        if isSingle { _ = consider(half, settings, dtype: .bfloat16, enhancing: third) }
        if shelves.contains(where: { $0.residency != .offloaded }) {
            _ = consider(offload, settings, residency: .offloaded, enhancing: third)
            if isSingle {
                _ = consider(
                    "\(half) \(offload)", settings, dtype: .bfloat16, residency: .offloaded,
                    enhancing: third)
            }
        }
        if third != nil {
            _ = consider("omit \(field: "enhance")", settings, enhancing: nil)
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
            if consider(fields, smaller, enhancing: third) { break }
        }
        return found
    }

    /// The share of the third stage, if there is one.
    private func planned(
        _ stage: GenerationJob.Enhancement?, _ request: PreparedRequest
    ) throws -> PlannedEnhancement? {
        try stage.map {
            try PlannedEnhancement(
                $0, picture: (request.settings.width, request.settings.height),
                frames: request.frameCount)
        }
    }

    private func work(
        _ request: PreparedRequest, _ settings: SamplingSettings, _ shelf: NetworkShelf,
        _ third: PlannedEnhancement?
    ) -> PlannedWork {
        PlannedWork(
            settings, frames: (chunkFrames, keptFrames), chunks: request.chunkCount,
            isContinuation: request.footage != nil,
            unet: shelf.pipeline.unet.configuration,
            autoencoder: shelf.pipeline.autoencoder.configuration, enhancing: third)
    }

    private func networks(
        of work: PlannedWork, _ shelves: [PartShelf?]
    ) -> [GenerationPlan.Network] {
        shelves.compactMap(\.self).flatMap { shelf in
            let used = work.phases.reduce(into: Set()) {
                $0.formUnion(shelf.existing($1.networks))
            }
            return shelf.ordered(used).map { part in
                GenerationPlan.Network(
                    name: part.name, file: part.file.path,
                    parameters: part.network.parameterCount,
                    memory: part.byteCount(for: shelf.preparation),
                    dtype: "\(part.dtype(for: shelf.preparation))")
            }
        }
    }
}
