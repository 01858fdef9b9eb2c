import Schedulers
import StreamingT2V
import VideoModels

// The sizes of the embedded model, which fresh training starts from.

extension AutoencoderConfiguration {
    /// 8 latent channels at an eighth of the size, half of the reduction by patches.
    static let journeys: AutoencoderConfiguration = {
        var sizes = AutoencoderConfiguration()
        sizes.blockOutChannels = [96, 128]
        sizes.layersPerBlock = 2
        sizes.latentChannels = 8
        sizes.patchSize = 4
        return sizes
    }()
}

extension CLIPTextConfiguration {
    /// Three layers of 128 features over the world's own vocabulary.
    static func journeys(vocabularySize: Int) -> CLIPTextConfiguration {
        var sizes = CLIPTextConfiguration()
        sizes.hiddenSize = 128
        sizes.layers = 3
        sizes.heads = 4
        sizes.intermediateSize = 512
        sizes.vocabularySize = vocabularySize
        sizes.projectionDimension = 128
        return sizes
    }
}

extension CLIPImageConfiguration {
    /// Four layers of 128 features over 8×8 patches.
    static func journeys(imageSize: Int) -> CLIPImageConfiguration {
        var sizes = CLIPImageConfiguration()
        sizes.imageSize = imageSize
        sizes.patchSize = 8
        sizes.width = 128
        sizes.layers = 4
        sizes.heads = 4
        sizes.outputDimension = 128
        return sizes
    }
}

extension UNet3DConfiguration {
    /// Three levels from 8×8 latents down, one layer each.
    static func journeys(latentChannels: Int, latentSide: Int) -> UNet3DConfiguration {
        var sizes = UNet3DConfiguration()
        sizes.inChannels = latentChannels
        sizes.outChannels = latentChannels
        sizes.blockOutChannels = [96, 96, 64]
        sizes.downBlockTypes = [.crossAttentionDown, .crossAttentionDown, .down]
        sizes.upBlockTypes = [.up, .crossAttentionUp, .crossAttentionUp]
        sizes.layersPerBlock = 1
        sizes.crossAttentionDimension = 128
        sizes.attentionHeadDimension = 32
        // The release's 8 heads would take half of all computing at this width.
        sizes.transformerInHeads = 2
        sizes.sampleSize = latentSide
        return sizes
    }
}

extension SchedulerConfiguration {
    /// The published noise levels, stretched to pure noise, with velocities to predict: what a caption decides early
    /// (which way the scenery goes) then weighs as much in the loss as detail, and nothing of it leaks from the sample.
    static let journeys: SchedulerConfiguration = {
        var settings = SchedulerConfiguration()
        settings.predictionType = .velocity
        settings.hasZeroTerminalSNR = true
        settings.timestepSpacing = .trailing
        settings.setAlphaToOne = true
        return settings
    }()
}

extension StreamingConfiguration {
    /// Chunks and tokens as published, narrow layers.
    static let journeys: StreamingConfiguration = {
        var sizes = StreamingConfiguration()
        sizes.frameEncoderChannels = [16, 32, 64, 96]
        sizes.mergerHeadDimension = 32
        sizes.projectorDimension = 256
        sizes.imageEmbeddingDimension = 128
        return sizes
    }()
}

extension GenerationDefaults {
    /// Few steps without added noise.
    static func journeys(size: Int) -> GenerationDefaults {
        var defaults = GenerationDefaults()
        defaults.sampling.height = size
        defaults.sampling.width = size
        defaults.sampling.firstSteps = 8
        defaults.sampling.steps = 8
        defaults.sampling.firstSolver = .dpmSolver
        defaults.sampling.join = .keep
        defaults.sampling.solver = .dpmSolver
        defaults.sampling.firstGuidanceScale = 3
        defaults.sampling.guidanceScale = 3
        defaults.sampling.eta = 0
        return defaults
    }
}

extension Vid2VidConfiguration {
    fileprivate static let journeysMultipliers = [1, 1, 1]

    /// Three levels of 48 channels from 18×16 latents down, with transformers at the smallest size only: sharpness is made
    /// where latents are many.
    static func journeys(latentChannels: Int, textWidth: Int) -> Vid2VidConfiguration {
        var sizes = Vid2VidConfiguration()
        sizes.inChannels = latentChannels
        sizes.outChannels = latentChannels
        sizes.channels = 48
        sizes.multipliers = journeysMultipliers
        sizes.contextDimension = textWidth
        sizes.firstHeads = 1
        sizes.headDimension = 24
        sizes.resnetsPerLevel = 1
        sizes.attentionScales = [0.25]
        // The release's 32 would be groups of one or two channels here, whose norm takes brightness and colour away.
        sizes.normGroups = 8
        return sizes
    }
}

extension EnhancementSizeRule {
    /// The rule of the embedded enhancer.
    static func journeys(latentFactor: Int) -> EnhancementSizeRule {
        EnhancementSizeRule(
            downsamplings: Vid2VidConfiguration.journeysMultipliers.count - 1,
            latentFactor: latentFactor)
    }
}

extension EnhancementDefaults {
    /// Chunks of the model's own length, few steps and little noise: what the small video shows stays.
    ///
    /// - Parameter size: side of the enhanced video, in pixels.
    static func journeys(size: Int) -> EnhancementDefaults {
        var defaults = EnhancementDefaults()
        defaults.height = size
        defaults.width = size
        defaults.chunkLength = 16
        defaults.overlap = 4
        defaults.steps = 4
        defaults.noiseLevel = 30
        defaults.sharpening = 0.15
        defaults.firstInputScale = .exact
        defaults.guidanceScale = 1
        defaults.guidanceRescale = 0
        defaults.promptSuffix = ""
        return defaults
    }
}
