import Foundation
import TestSupport
import Testing
import TorchNN

@testable import VideoModels

/// Damaged configurations are refused, or a network can be described with them, quickly.
@Suite struct ConfigurationMutationTests {
    private func expectRefusalOrNetwork<Sizes: Codable>(
        _ sizes: Sizes, _ describe: (Sizes) throws -> any Module
    ) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let tally = try MutationTally(of: encoder.encode(sizes), count: mutationCount / 2) {
            $0 is DecodingError || $0 is ConfigurationError
        } _: { bytes in
            let network = try describe(JSONDecoder().decode(Sizes.self, from: Data(bytes)))
            #expect(network.parameterCount > 0)
        }
        #expect(tally.read > 0 && tally.refused > tally.read)
        #expect(tally.slowest < .seconds(5))
    }

    @Test func unets() throws {
        try expectRefusalOrNetwork(UNet3DConfiguration()) { sizes in
            try sizes.validate()
            let extent = UNet3DConfiguration.Extent(batch: 2, frames: 16, height: 32, width: 32)
            #expect(sizes.multiplications(extent).allSatisfy { $0 > 0 && $0.isFinite })
            return UNet3D(sizes)
        }
    }

    @Test func enhancers() throws {
        try expectRefusalOrNetwork(Vid2VidConfiguration()) { sizes in
            try sizes.validate()
            #expect(sizes.fittingSize(height: 90, width: 160).height >= 90)
            return Vid2VidUNet(sizes)
        }
    }

    @Test func streamingParts() throws {
        try expectRefusalOrNetwork(StreamingConfiguration()) { sizes in
            try sizes.validate()
            let unet = UNet3DConfiguration()
            #expect(AnchorTokenProjector(sizes, channels: 1024).parameterCount > 0)
            return ConditioningExtractor(unet, streaming: sizes)
        }
    }

    @Test func autoencoders() throws {
        try expectRefusalOrNetwork(AutoencoderConfiguration()) { sizes in
            try sizes.validate()
            #expect(sizes.widestCount(frames: 16, height: 8192, width: 8192) > 0)
            return AutoencoderKL(sizes)
        }
    }

    @Test func textTransformers() throws {
        try expectRefusalOrNetwork(CLIPTextConfiguration()) { sizes in
            try sizes.validate()
            return CLIPTextEncoder(sizes)
        }
    }

    @Test func imageTransformers() throws {
        try expectRefusalOrNetwork(CLIPImageConfiguration()) { sizes in
            try sizes.validate()
            return CLIPImageEncoder(sizes)
        }
    }
}

/// Published sizes pass; what no published network has is refused with field, value and range.
@Suite struct SizeLimitsTests {
    @Test func publishedSizesPass() throws {
        try UNet3DConfiguration().validate()
        try Vid2VidConfiguration().validate()
        try StreamingConfiguration().validate()
        try AutoencoderConfiguration().validate()
        try CLIPTextConfiguration().validate()
        try CLIPImageConfiguration().validate()
        // OpenCLIP ViT-bigG-14.
        var text = CLIPTextConfiguration()
        (text.hiddenSize, text.layers, text.heads, text.intermediateSize) = (1280, 32, 20, 5120)
        try text.validate()
        var image = CLIPImageConfiguration()
        (image.width, image.layers, image.heads) = (1664, 48, 16)
        (image.mlpRatio, image.outputDimension) = (4.9231, 1280)
        try image.validate()
        // Chunks of AnimateDiff, and of Stable Video Diffusion.
        for frames in [25, 32] {
            var streaming = StreamingConfiguration()
            streaming.frames = frames
            try streaming.validate()
        }
    }

    private func rule(_ validate: () throws(ConfigurationError) -> Void) -> String? {
        do { try validate() } catch { return "\(error)" }
        return nil
    }

    @Test func hostileFilesAreRefused() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Fixtures/hostile")
        func read<Sizes: Decodable>(_ type: Sizes.Type, _ name: String) throws -> Sizes {
            try JSONDecoder().decode(
                type, from: Data(contentsOf: folder.appending(path: name + ".json")))
        }
        let deep = try read(UNet3DConfiguration.self, "deep-unet")
        #expect(
            rule(deep.validate)
                == "configuration field 'block_out_channels' must hold 1 to 8 numbers, not 64")
        let unet = try read(UNet3DConfiguration.self, "many-layers-unet")
        #expect(
            rule { () throws(ConfigurationError) in try unet.validate() }
                == "configuration field 'layers_per_block' must be from 1 to 32, not 65536")
        let text = try read(CLIPTextConfiguration.self, "many-layers-text_encoder")
        #expect(
            rule(text.validate)
                == "configuration field 'num_hidden_layers' must be from 1 to 256, not 65536")
        let image = try read(CLIPImageConfiguration.self, "many-layers-image_encoder")
        #expect(
            rule(image.validate)
                == "configuration field 'layers' must be from 1 to 256, not 65536")
    }

    @Test func anAutoencoderCoversAtMost1024Pixels() {
        var sizes = AutoencoderConfiguration()
        sizes.patchSize = 256
        #expect(
            rule(sizes.validate)
                == "configuration field 'patch_size' and 4 levels make 2048 pixels of one latent; "
                + "at most 1024 are possible")
    }
}
