import Checkpoints
import Schedulers
import StreamingT2V
import Torch
import TorchNN
import VideoIO
import VideoModels

/// Teaches the denoiser to take few steps without guidance: low-rank changes of its weights that lead, in one step, where
/// the model itself is led by guidance in several.
///
/// Sources: Salimans & Ho, Progressive Distillation (ICLR 2022), without its repeated halving; Meng et al., On Distillation of
/// Guided Diffusion Models (CVPR 2023), for one scale; Hu et al., LoRA (ICLR 2022). The ways are those of whole videos that
/// the model makes, not of noised training data, so the student sees what it will see.
final class DistillationStage: TrainingStage {
    /// A video's first chunks, as the teacher made them.
    struct Sample {
        let seed: UInt64
        let chunks: [TeacherChunk]
    }

    /// Chunks of a video that are learned from: the first, one behind it, and one behind such a one.
    static let chunkCount = 3
    /// The rank where the recipe says nothing.
    static let usualRank = 8
    /// The steps where the recipe says nothing.
    static let usualSteps = 4

    private let encoder: ClipEncoder
    private let settings: StageSettings
    private let generator: RandomGenerator
    /// How the student is sampled.
    private let defaults: GenerationDefaults
    private let timesteps: [Int]
    /// Of a chunk's latents, `[1, C, F, h, w]`.
    private let shape: [Int]
    private let configuration: DistilledConfiguration
    private let changes: [(names: AdaptedArchive.Change, update: LowRankUpdate)]
    private let teachers: NetworkPool<Teacher>
    private let students: NetworkPool<Student>

    /// - Parameters:
    ///   - defaults: how the teacher is sampled.
    ///   - configuration: says which weights are changed.
    ///   - start: changes to go on from; `nil` for fresh ones.
    ///   - make: a denoiser with weights of its own.
    init(
        encoder: ClipEncoder, settings: StageSettings, seed: UInt64, defaults: GenerationDefaults,
        configuration: DistilledConfiguration, start: (any TensorArchive)?,
        make: @escaping () throws -> (StreamingPipeline, StreamingPipeline.Streaming)
    ) throws {
        (self.encoder, self.settings, self.configuration) = (encoder, settings, configuration)
        generator = RandomGenerator(seed: seed)
        let steps = settings.studentSteps ?? Self.usualSteps
        guard
            [defaults.sampling.steps, defaults.sampling.firstSteps].allSatisfy({
                $0 % steps == 0 && $0 > steps
            })
        else {
            throw TrainingError.invalidRecipe(
                "student_steps of stage distillation must divide the model's steps, "
                    + "\(defaults.sampling.firstSteps) and \(defaults.sampling.steps), and be fewer, not \(steps)"
            )
        }
        let sampling = defaults.sampling
        guard sampling.solver == .dpmSolver, sampling.firstSolver == .dpmSolver,
            sampling.join == .keep
        else {
            throw TrainingError.invalidRecipe(
                "stage distillation needs a model whose generation.json has solver and first_solver "
                    + "dpm-solver++ and join keep")
        }
        var few = defaults
        (few.sampling.steps, few.sampling.firstSteps) = (steps, steps)
        (few.sampling.guidanceScale, few.sampling.firstGuidanceScale) = (1, 1)
        self.defaults = few
        let (pipeline, streaming) = try make()
        timesteps = DPMSolverScheduler(pipeline.scheduler, steps: steps).timesteps
        let sizes = encoder.autoencoder.configuration
        shape = [
            1, sizes.latentChannels, streaming.configuration.frames,
            sampling.height / sizes.factor, sampling.width / sizes.factor,
        ]
        let changes = try Student.changes(
            of: pipeline, streaming, rank: settings.rank ?? Self.usualRank, seed: seed)
        if let start {
            for (names, update) in changes {
                try update.up.load(Self.matrix(names.up, update.up.shape, in: start))
                try update.down.load(Self.matrix(names.down, update.down.shape, in: start))
            }
        }
        self.changes = changes
        students = NetworkPool([Student(pipeline, streaming, changes: changes)]) {
            let (pipeline, streaming) = try make()
            return Student(pipeline, streaming, changes: changes)
        }
        teachers = NetworkPool {
            let (pipeline, streaming) = try make()
            // Its weights never change, and it takes most evaluations.
            let inference = Preparation.inference(dtype: .float32, device: .cpu)
            try pipeline.unet.prepare(for: inference)
            try streaming.extractor.prepare(for: inference)
            return Teacher(
                pipeline: pipeline, streaming: streaming, settings: defaults.sampling,
                studentSteps: steps)
        }
    }

    private static func matrix(
        _ name: String, _ shape: [Int], in archive: any TensorArchive
    ) throws -> Tensor {
        let matrix = try archive.tensor(name).converted(to: .float32)
        guard matrix.shape == shape else {
            throw TrainingError.invalidRecipe(
                "rank of stage distillation must be that of \(archive.url.path), which it goes on from: "
                    + "\(name) has \(matrix.shape), not \(shape)")
        }
        return matrix
    }

    var trainable: [(path: String, parameter: Parameter)] {
        changes.flatMap { [($0.names.up, $0.update.up), ($0.names.down, $0.update.down)] }
    }

    /// The clips lend their captions only.
    let frameCount = 1
    let isSeparable = true

    func sample(_ clip: TrainingClip) throws -> Sample {
        // Clips of the same number, of training and of validation, differ in their captions.
        let caption = clip.caption.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) }
        let seed = generator.bits(.data, chunk: clip.index, step: caption)
        return try teachers.using { teacher in
            try withoutGradients {
                Sample(
                    seed: seed,
                    chunks: try teacher.chunks(
                        Self.chunkCount,
                        text: encoder.tokens([encoder.emptyIds, encoder.ids(clip.caption)]),
                        shape: shape, noise: RandomGenerator(seed: seed)))
            }
        }
    }

    // MARK: Loss

    func loss(_ samples: [Sample], step: Int, firstSlot: Int) throws -> Tensor {
        let bits = generator.bits(.trainingChoice, chunk: -1, step: step)
        return try loss(
            samples.map { $0.chunks[Int(bits % UInt64(Self.chunkCount))] },
            motionWeight: settings.motionWeight ?? 1)
    }

    /// Mean squared error of the velocities of all steps, in frames that are not known.
    private func loss(_ chunks: [TeacherChunk], motionWeight: Double) throws -> Tensor {
        try students.using { student in
            let prediction = try student.studying { try predict(chunks, student) }
            let error = try prediction - Tensor.concatenated(chunks.map(\.targets), axis: 0)
            let known = chunks[0].known?.latents.shape[2] ?? 0
            return try DenoisingStage.clipErrors(
                error.slice(2, known..<error.shape[2]), motionWeight: motionWeight
            ).mean()
        }
    }

    /// What the student says in each of its steps along the teacher's way, `[chunks · S, C, F, h, w]`.
    private func predict(_ chunks: [TeacherChunk], _ student: Student) throws -> Tensor {
        let samples = try Tensor.concatenated(chunks.map(\.samples), axis: 0)
        let times = try Tensor(
            chunks.flatMap { _ in timesteps.map(Float.init) }, shape: [samples.shape[0]])
        let tokens = try Tensor.concatenated(chunks.map(\.tokens), axis: 0)
            .repeatedEach(timesteps.count, axis: 0)
        let extractor = student.streaming.extractor
        var features: UNetFeatures?
        let encoded = try chunks.compactMap(\.condition).map { try extractor.frameEncoder($0) }
        if !encoded.isEmpty {
            let repeated = encoded.flatMap { Array(repeating: $0, count: timesteps.count) }
            features = try extractor(
                samples, timestep: times, context: extractor.context(tokens),
                encodedFrames: Tensor.concatenated(repeated, axis: 0))
        }
        return try student.pipeline.unet(
            samples, timestep: times, context: AttentionContext(tokens), features: features)
    }

    // MARK: Examination

    /// The loss on unseen videos, and how far chunks are from the teacher's that the student makes in its own steps: root of
    /// the mean squared difference of new latents over their root mean square.
    func validate(_ samples: [Sample]) throws -> [String: Double] {
        let loss = try meanLoss(samples, batch: 4) { samples, _ in
            let losses = try (0..<Self.chunkCount).map { number in
                try self.loss(samples.map { $0.chunks[number] }, motionWeight: 1)
            }
            return try Tensor.stacked(losses, axis: 0).mean()
        }
        var difference = 0.0
        var size = 0.0
        for sample in samples {
            for (chunk, made) in zip(sample.chunks, try generate(sample)) {
                let new = (chunk.known?.latents.shape[2] ?? 0)..<shape[2]
                difference += try (made - chunk.latents).slice(2, new).squared().mean().item()
                size += try chunk.latents.slice(2, new).squared().mean().item()
            }
        }
        return ["validation_loss": loss, "distance": (difference / size).squareRoot()]
    }

    /// Each chunk in the student's steps, behind what the teacher made before.
    private func generate(_ sample: Sample) throws -> [Tensor] {
        let sampling = defaults.sampling.further
        return try students.using { student in
            try withoutGradients {
                try student.studying {
                    try sample.chunks.enumerated().map { number, chunk in
                        let conditioning = StreamingPipeline.Conditioning(
                            context: AttentionContext(chunk.tokens),
                            extractorContext: try student.streaming.extractor.context(
                                chunk.tokens),
                            guidance: BranchGuidance(scale: 1))
                        return try student.pipeline.denoise(
                            shape: shape, chunk: number, sampling: sampling,
                            conditioning: conditioning, condition: chunk.condition,
                            known: chunk.known, noise: RandomGenerator(seed: sample.seed)
                        ) { _, _, _ in }
                    }
                }
            }
        }
    }

    /// Two videos, every second frame: the teacher's chunks, and below them the student's.
    func sampleSheet(_ clips: [TrainingClip]) throws -> RGBFrame {
        var pictures: [RGBFrame] = []
        for clip in clips.prefix(2) {
            let sample = try sample(clip)
            for (chunk, made) in zip(sample.chunks, try generate(sample)) {
                for latents in [chunk.latents, made] {
                    let frames = try withoutGradients { try encoder.images(latents).frames() }
                    pictures += frames.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
                }
            }
        }
        return ContactSheet.make(frames: pictures, columns: 8, scale: 2, labels: nil)
    }

    func export(to folder: ModelFolder, figures: [String: Double]) throws {
        try folder.saveDistilled(
            trainable.map { ($0.path, try $0.parameter.value.detached()) },
            configuration: configuration, defaults: defaults)
    }
}
