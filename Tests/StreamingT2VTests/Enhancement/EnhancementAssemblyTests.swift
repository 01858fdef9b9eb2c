import Schedulers
import StreamingT2V
import Testing
import Torch
import VideoIO
import VideoModels

/// The third stage against its parts put together by hand: whole videos, one branch at a time, nothing prepared or kept.
@Suite struct EnhancementAssemblyTests {
    /// Both branches of the network, each in an evaluation of its own.
    private struct PlainNetwork: ChunkNetwork {
        let unet: Vid2VidUNet
        let prompted: Tensor
        let negative: Tensor
        let schedule: LogSNRSchedule

        func predict(_ chunk: Tensor, timestep: Int, index: Int) throws -> Tensor {
            let times = try Tensor.full([1], value: Double(timestep))
            let with = try unet(chunk, timestep: times, context: AttentionContext(prompted))
            let without = try unet(chunk, timestep: times, context: AttentionContext(negative))
            let guided = try without + (with - without) * 2
            let ratio = try with.standardDeviation() / guided.standardDeviation()
            let velocity = try guided * (ratio * 0.2 + 0.8)
            return try chunk * Double(schedule.alphas[timestep])
                - velocity * Double(schedule.sigmas[timestep])
        }
    }

    /// 14 frames of 24×16 pixels become 48×32 on a canvas of 48×48.
    @Test func theStageIsItsParts() async throws {
        let folder = try TinyEnhancer.folder()
        let pictures = (0..<14).map { TinyEnhancer.picture($0, width: 24, height: 16) }
        let request = EnhancementRequest.tiny { $0.negativePrompt = "snow" }
        let enhanced = try await VideoEnhancer(model: folder)
            .enhanced(14, request) { pictures[$0] }

        let expected = try withoutGradients { try byHand(pictures, request, folder) }
        #expect(enhanced.count == 14 && expected.count == 14)
        var worst = 0
        var sum = 0
        for (frame, other) in zip(enhanced, expected) {
            #expect(frame.width == 48 && frame.height == 32)
            try #require(frame.pixels.count == other.pixels.count)
            for (value, wanted) in zip(frame.pixels, other.pixels) {
                let difference = abs(Int(value) - Int(wanted))
                worst = max(worst, difference)
                sum += difference
            }
        }
        // Other kernels round otherwise, and a value at a border of two bytes falls to the other side.
        #expect(worst <= 2)
        #expect(Double(sum) / Double(14 * 48 * 32 * 3) < 0.02)
    }

    private func byHand(
        _ pictures: [RGBFrame], _ request: EnhancementRequest, _ folder: ModelFolder
    ) throws -> [RGBFrame] {
        let generator = RandomGenerator(seed: request.seed)
        let (autoencoder, text) = (try folder.autoencoder(), try folder.textEncoder())
        let scale = autoencoder.configuration.scalingFactor
        var latents: [Tensor] = []
        for (index, picture) in pictures.enumerated() {
            let canvas = picture.resized(width: 48, height: 32)
                .padded(left: 0, right: 0, top: 8, bottom: 8)
            let posterior = try autoencoder.encode(Tensor.images([canvas]))
            let noise = try generator.normal(
                posterior.mean.shape, .enhancementPosterior, chunk: index)
            let deviation = try (posterior.logVariance * 0.5).exponential()
            latents.append(try (posterior.mean + deviation * noise) * scale)
        }
        let video = try Tensor.stacked(latents, axis: 2).contiguous()  // [1, C, 14, h, w]

        func tokens(_ prompt: String) throws -> Tensor {
            let ids = try folder.tokenizer().encode(prompt).ids.map(Int64.init)
            return try text(Tensor(ids, shape: [1, ids.count]))
        }
        let schedule = try LogSNRSchedule()
        let reference = StepMajorReference(
            options: StreamingEnhancer.Options(
                grid: try ChunkGrid(chunkLength: 6, overlap: 2), blending: .code),
            sampler: try VideoToVideoSampler(schedule, table: StepTable(steps: 3, maximum: 599)),
            network: PlainNetwork(
                unet: try folder.enhancer(), prompted: try tokens(request.prompt),
                negative: try tokens(request.negativePrompt), schedule: schedule),
            generator: generator)
        let result = try reference.enhance(video)
        return try (0..<14).map { index in
            let decoded = try autoencoder.decode(result.selected(2, index) / scale)
            let bytes = try ((decoded * 0.5 + 0.5).clamped(to: 0...1) * 255)
                .permuted(0, 2, 3, 1).converted(to: .uint8).bytes()
            return RGBFrame(width: 48, height: 48, pixels: bytes)
                .cropped(columns: 0..<48, rows: 8..<40)
        }
    }
}
