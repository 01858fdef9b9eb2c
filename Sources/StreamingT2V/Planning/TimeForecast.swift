import Checkpoints
import Torch
import TorchNN
import VideoModels

/// Measures how fast this machine is, and forecasts from that how long a generation takes.
struct TimeForecast {
    /// Seconds per number of a network that is read and packed.
    private let secondsPerNumber: Double
    /// Seconds per multiplication at each level.
    private let unet: [Double]
    private let decoder: [Double]
    private let third: (work: PlannedEnhancement, speeds: PlannedEnhancement.Speeds)?

    /// Numbers that are read to see how fast that is.
    private static let sampleSize = 24 << 20

    /// Tries one layer of each size, and reads a part of the UNet's weights.
    init(
        _ work: PlannedWork, _ shelf: NetworkShelf, size: (width: Int, height: Int),
        enhancing third: PlannedEnhancement? = nil
    ) throws {
        let preparation = shelf.preparation
        let pipeline = shelf.pipeline
        unet = try withInferenceMode { () throws(TensorError) in
            try SpeedProbe.unet(pipeline.unet.configuration, work.extent, preparation)
        }
        decoder = try withInferenceMode { () throws(TensorError) in
            try SpeedProbe.decoder(
                pipeline.autoencoder.configuration, height: size.height, width: size.width,
                preparation)
        }
        self.third = try third.map { ($0, try $0.speeds()) }
        secondsPerNumber = try Self.secondsPerNumber(shelf.folder.archive(.unet), preparation)
        Runtime.trimMemory()
    }

    /// Steps that run the whole network, and others.
    typealias Steps = (whole: Double, shallow: Double)

    /// The times of a video.
    ///
    /// - Parameters:
    ///   - entries: what is read for which part.
    ///   - chunks: of the video, or `nil` for an endless one.
    ///   - isContinuation: whether the first of them is there already.
    ///   - steps: of the first chunk, and of a further one; see ``ChunkSampling/guidedEquivalent``.
    func times(
        _ work: PlannedWork, _ entries: [MemoryForecast.Entry], _ shelf: NetworkShelf,
        chunks: Int?, isContinuation: Bool, steps: (first: Steps, further: Steps),
        size: (width: Int, height: Int)
    ) -> GenerationPlan.Times {
        let pipeline = shelf.pipeline
        let unetSizes = pipeline.unet.configuration
        func decoding(_ frames: Int) -> Double {
            Self.seconds(
                pipeline.autoencoder.configuration.decoderMultiplications(
                    frames: frames, height: size.height, width: size.width), decoder)
        }
        let firstStep = Self.seconds(unetSizes.multiplications(work.firstExtent), unet)
        let firstShallow = Self.seconds(unetSizes.shallowMultiplications(work.firstExtent), unet)
        var (step, shallow) = (firstStep, firstShallow)
        if let streaming = pipeline.streaming?.configuration {
            var part = work.extent
            part.frames = streaming.conditionalFrames
            step =
                Self.seconds(unetSizes.multiplications(work.extent, streaming: streaming), unet)
                + Self.seconds(unetSizes.encoderMultiplications(part), unet)
            shallow =
                Self.seconds(
                    unetSizes.shallowMultiplications(work.extent, streaming: streaming), unet)
                + Self.seconds(unetSizes.entryMultiplications(part), unet)
        }
        let (firstDecoding, decodingRest) = (
            decoding(work.decodedFrames.first), decoding(work.decodedFrames.further)
        )
        let chunk = steps.further.whole * step + steps.further.shallow * shallow + decodingRest
        func reading(_ entries: some Sequence<MemoryForecast.Entry>) -> Double {
            entries.flatMap(\.read).reduce(0) {
                $0 + Double($1.network.parameterCount) * secondsPerNumber
            }
        }
        // The phases of the last of three chunks repeat in every further one.
        let known = min(chunks ?? 2, 3)
        let repeated = reading(entries.suffix(work.phasesPerChunk))
        let loading = reading(entries) + Double(max((chunks ?? known) - known, 0)) * repeated
        let first =
            isContinuation
            ? 0
            : steps.first.whole * firstStep + steps.first.shallow * firstShallow + firstDecoding
        let enhancement = third.map { $0.work.times($0.speeds) }
        return GenerationPlan.Times(
            loading: loading, firstStep: firstStep, step: step, firstDecoding: firstDecoding,
            decoding: decodingRest, chunk: chunk, enhancement: enhancement,
            total: chunks.map {
                loading + first + Double($0 - 1) * chunk + (enhancement?.total ?? 0)
            })
    }

    /// Seconds of multiplications, by level.
    static func seconds(_ multiplications: [Double], _ speeds: [Double]) -> Double {
        zip(multiplications, speeds).reduce(0) { $0 + $1.0 * $1.1 }
    }

    /// Reads as loading does: out of the file, to float32, a look at every number, to the type that is computed in.
    private static func secondsPerNumber(
        _ archive: any TensorArchive, _ preparation: Preparation
    ) throws -> Double {
        var numbers = 0
        let start = ContinuousClock.now
        for name in archive.names where numbers < sampleSize {
            let values = try archive.tensor(name).converted(to: .float32)
            guard values.dtype.isFloatingPoint, try values.isFinite() else { continue }
            _ = try values.converted(to: preparation.dtype).moved(to: preparation.device)
            numbers += values.count
        }
        return (ContinuousClock.now - start) / .seconds(1) / Double(max(numbers, 1))
    }
}

extension ChunkSampling {
    /// The cost of all steps, expressed in guided ones: steps that run the whole network, and others.
    var guidedEquivalent: TimeForecast.Steps {
        let guided = min(guidedSteps ?? steps, steps)
        func equivalent(_ isCounted: (Int) -> Bool) -> Double {
            Double((0..<guided).count(where: isCounted))
                + Double((guided..<steps).count(where: isCounted)) / Double(guidance.branches.count)
        }
        return (equivalent(isWhole), equivalent { !isWhole(step: $0) })
    }
}
