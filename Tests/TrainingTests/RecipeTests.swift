import Foundation
import TestSupport
import Testing

@testable import Training

@Suite struct RecipeTests {
    @Test func readsEveryField() throws {
        var (recipe, stages) = TinyRecipe.fields([.clip, .frames], steps: 7, size: 96)
        recipe["validation_clips"] = nil
        stages[1]["beta2"] = 0.95
        stages[1]["weight_decay"] = 0.25
        let read = try TinyRecipe.read(recipe, stages)
        #expect(read.seed == 11 && read.size == 96 && read.validationClips == 64)
        #expect(read.stages.map(\.stage) == [.clip, .frames])
        let frames = read.stages[1]
        #expect(frames.steps == 7 && frames.batch == 2 && frames.clips == 0 && frames.warmup == 2)
        #expect(frames.learningRate == 0.002 && frames.averageDecay == 0.5)
        #expect(frames.validateEvery == 1000 && frames.checkpointEvery == 1000)
        #expect(frames.optimizer.beta2 == 0.95 && frames.optimizer.weightDecay == 0.25)
        #expect(read.stages[0].optimizer.beta2 == 0.99)
        #expect(read.stages[0].freezesEncoder == nil)
    }

    static let wrongStages: [(field: String, value: any Sendable, hint: String)] = [
        ("stage", "upscaler", "stages.0.stage"), ("steps", 0, "steps of stage autoencoder"),
        ("steps", -5, "steps"), ("steps", "many", "stages.0.steps"),
        ("steps", 1.5, "a fraction where"),
        ("batch", 0, "batch of stage autoencoder"), ("clips", -1, "clips"),
        ("warmup", -1, "warmup"),
        ("learning_rate", 0, "learning_rate"), ("learning_rate", -0.1, "learning_rate"),
        ("learning_rate", 1, "learning_rate"), ("average_decay", 1, "average_decay"),
        ("average_decay", -0.1, "average_decay"), ("validate_every", 0, "validate_every"),
        ("checkpoint_every", 0, "checkpoint_every"), ("beta2", 1, "beta2"), ("beta2", -1, "beta2"),
        ("batch", 1 << 31, "batch of stage autoencoder must be from 1 to 4096, not 2147483648"),
        ("steps", Int.max, "from 1 to 100000000"), ("clips", Int.max, "from 0 to 100000000"),
        ("warmup", Int.max, "from 0 to 100000000"),
        ("validate_every", Int.max, "from 1 to 100000000"),
        ("checkpoint_every", Int.max, "from 1 to 100000000"),
        ("weight_decay", -1, "weight_decay"), ("dtype", "float16", "float32 or bfloat16"),
    ]

    @Test(arguments: wrongStages.indices)
    func refusesAWrongStage(index: Int) throws {
        let (field, value, hint) = Self.wrongStages[index]
        let (recipe, settings) = TinyRecipe.fields([.autoencoder], steps: 3)
        var stages = settings
        stages[0][field] = value
        try expectRefusal(recipe, stages, hint)
        stages[0][field] = nil
        if field != "beta2", field != "weight_decay" {
            try expectRefusal(recipe, stages, "'stages.0.\(field)' is missing")
        }
    }

    @Test func freezesTheAutoencodersEncoderAlone() throws {
        for (stage, isAllowed) in [(StageName.autoencoder, true), (.frames, false)] {
            var (recipe, stages) = TinyRecipe.fields([stage], steps: 3)
            recipe["seed"] = 11
            stages[0]["freeze_encoder"] = true
            if isAllowed {
                #expect(try TinyRecipe.read(recipe, stages).stages[0].freezesEncoder == true)
            } else {
                try expectRefusal(recipe, stages, "freeze_encoder")
            }
        }
    }

    @Test func onlyStreamingStagesShareTheBase() throws {
        for (stage, share, hint) in [
            (StageName.cam, 0.25, nil), (.apm, 0.5, nil), (.chunks, 0.25, "for cam and apm"),
            (.cam, 0.0, "between 0 and 1"), (.cam, 1.0, "between 0 and 1"),
        ] {
            var (recipe, stages) = TinyRecipe.fields([stage], steps: 3)
            recipe["seed"] = 11
            stages[0]["base_share"] = share
            if let hint {
                try expectRefusal(recipe, stages, hint)
            } else {
                #expect(try TinyRecipe.read(recipe, stages).stages[0].baseShare == share)
            }
        }
    }

    @Test func onlyDistillationHasARankAndAStudent() throws {
        for (stage, field, value, hint) in [
            (StageName.distillation, "rank", 4, nil), (.distillation, "student_steps", 2, nil),
            (.apm, "rank", 4, "rank is for distillation"),
            (.chunks, "student_steps", 2, "student_steps is for distillation"),
            (.distillation, "rank", 0, "from 1 to 1000"),
            (.distillation, "student_steps", 0, "from 1 to 1000"),
        ] as [(StageName, String, Int, String?)] {
            var (recipe, stages) = TinyRecipe.fields([stage], steps: 3)
            recipe["seed"] = 11
            stages[0][field] = value
            if let hint {
                try expectRefusal(recipe, stages, hint)
            } else {
                let read = try TinyRecipe.read(recipe, stages).stages[0]
                #expect((field == "rank" ? read.rank : read.studentSteps) == value)
            }
        }
        var (recipe, stages) = TinyRecipe.fields([.distillation], steps: 3)
        recipe["seed"] = 11
        stages[0]["dtype"] = "bfloat16"
        try expectRefusal(recipe, stages, "must be float32")
    }

    @Test func onlyClipsHaveMotion() throws {
        for (stage, weight, hint) in [
            (StageName.chunks, 4.0, nil), (.cam, 0.5, nil),
            (.frames, 4, "for chunks, cam, apm and distillation"),
            (.apm, 0, "above 0"), (.apm, 101, "at most 100"),
        ] {
            var (recipe, stages) = TinyRecipe.fields([stage], steps: 3)
            recipe["seed"] = 11
            stages[0]["motion_weight"] = weight
            if let hint {
                try expectRefusal(recipe, stages, hint)
            } else {
                #expect(try TinyRecipe.read(recipe, stages).stages[0].motionWeight == weight)
            }
        }
    }

    @Test func onlyTheAutoencoderSeesLargeFrames() throws {
        for (stage, share, hint) in [
            (StageName.autoencoder, 0.25, nil), (.autoencoder, 1, nil),
            (.clip, 0.5, "for the autoencoder, not clip"), (.autoencoder, -0.1, "from 0 to 1"),
            (.autoencoder, 1.5, "from 0 to 1"),
        ] {
            var (recipe, stages) = TinyRecipe.fields([stage], steps: 3)
            recipe["seed"] = 11
            stages[0]["large_share"] = share
            if let hint {
                try expectRefusal(recipe, stages, hint)
            } else {
                #expect(try TinyRecipe.read(recipe, stages).stages[0].largeShare == share)
            }
        }
    }

    @Test func onlyTheEnhancerHasCoarseSamples() throws {
        for (stage, share, hint) in [
            (StageName.enhancer, 0.0, nil), (.enhancer, 0.75, nil), (.enhancer, 1, nil),
            (.apm, 0.5, "for the enhancer, not apm"), (.enhancer, -0.1, "from 0 to 1"),
            (.enhancer, 1.1, "from 0 to 1"),
        ] {
            var (recipe, stages) = TinyRecipe.fields([stage], steps: 3)
            recipe["seed"] = 11
            stages[0]["coarse_share"] = share
            if let hint {
                try expectRefusal(recipe, stages, hint)
            } else {
                #expect(try TinyRecipe.read(recipe, stages).stages[0].coarseShare == share)
            }
        }
    }

    @Test func onlyTheEnhancerTrainsItsDecoder() throws {
        for (stage, hint) in [
            (StageName.enhancer, nil), (.autoencoder, "for the enhancer, not autoencoder"),
        ] {
            var (recipe, stages) = TinyRecipe.fields([stage], steps: 3)
            recipe["seed"] = 11
            stages[0]["train_decoder"] = true
            if let hint {
                try expectRefusal(recipe, stages, hint)
            } else {
                #expect(try TinyRecipe.read(recipe, stages).stages[0].trainsDecoder == true)
            }
        }
    }

    static let wrongRecipes: [(field: String, value: any Sendable, hint: String)] = [
        ("size", 0, "size"), ("size", -64, "size"), ("size", 48, "multiple of 32"),
        ("size", 1024, "512"), ("seed", -1, "a sign or"), ("seed", "x", "seed"),
        ("validation_clips", 0, "validation_clips"),
        ("validation_clips", 100_000, "validation_clips"),
    ]

    @Test(arguments: wrongRecipes.indices)
    func refusesAWrongRecipe(index: Int) throws {
        let (field, value, hint) = Self.wrongRecipes[index]
        let (fields, stages) = TinyRecipe.fields([.autoencoder], steps: 3)
        var recipe = fields
        recipe[field] = value
        try expectRefusal(recipe, stages, hint)
    }

    @Test func refusesNoStagesAndDoubleStages() throws {
        let (recipe, stages) = TinyRecipe.fields([.clip], steps: 3)
        try expectRefusal(recipe, [], "stages is empty")
        try expectRefusal(recipe, stages + stages, "twice")
    }

    @Test func refusesWhatIsNoRecipe() throws {
        let folder = try Scratch()
        let cases = [
            (folder.url("none.json"), "it does not exist"),
            (URL(filePath: try folder.put("{ not json", "a.json")), "valid JSON"),
            (URL(filePath: try folder.put("[1, 2]", "b.json")), "wrong type"),
            (URL(filePath: try folder.put("", "c.json")), "not valid JSON"),
        ]
        for (file, hint) in cases {
            let error = #expect(throws: TrainingError.self) { try Recipe(url: file) }
            let text = try #require(error).description
            #expect(text.contains(file.path) && text.contains(hint) && !text.contains("\n"))
        }
    }

    private func expectRefusal(
        _ recipe: [String: any Sendable], _ stages: [[String: any Sendable]], _ hint: String
    ) throws {
        let error = #expect(throws: TrainingError.self) { try TinyRecipe.read(recipe, stages) }
        guard case .invalidRecipe(let reason) = error else { return }
        #expect(reason.contains(hint) && !reason.contains("\n"), "got: \(reason)")
    }
}

@Suite struct LearningRateTests {
    /// Rises linearly over the warm-up, then falls along a cosine to a hundredth.
    @Test func followsTheCurve() throws {
        var settings = try TinyRecipe.make([.clip], steps: 104).stages[0]
        settings.learningRate = 0.4
        settings.warmup = 4
        let rates = (0...104).map { settings.rate(step: $0) }
        for (step, expected) in [0.1, 0.2, 0.3, 0.4].enumerated() {
            #expect(abs(rates[step] - expected) < 1e-12)
        }
        #expect(abs(rates[4] - 0.4) < 1e-12)
        #expect(abs(rates[54] - 0.202) < 1e-12)  // half of the way: the mean of both ends
        #expect(abs(rates[29] - (0.202 + 0.198 * 0.5.squareRoot())) < 1e-12)  // a quarter: cos 45°
        #expect(abs(rates[104] - 0.004) < 1e-12)
        #expect(zip(rates[4...], rates[5...]).allSatisfy { $0 > $1 })
        #expect(settings.rate(step: 500) == rates[104])  // a run that was prolonged and shortened
    }

    @Test func needsNoWarmUp() throws {
        var settings = try TinyRecipe.make([.clip], steps: 10).stages[0]
        settings.warmup = 0
        #expect(settings.rate(step: 0) == settings.learningRate)
        settings.warmup = 10
        #expect(settings.rate(step: 9) == settings.learningRate)
        settings.warmup = 20  // longer than the training
        #expect(settings.rate(step: 9) == settings.learningRate / 2)
    }
}
