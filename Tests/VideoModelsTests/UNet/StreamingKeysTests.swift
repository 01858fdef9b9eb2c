import Checkpoints
import Foundation
import TestSupport
import Testing
import TorchNN

@testable import VideoModels

/// Module paths and key maps against the key lists of streaming checkpoints.
@Suite struct StreamingKeysTests {
    /// All keys of the release's checkpoint with their shapes, made by its own classes.
    private static let fullSizeList = FixtureFolder.packageRoot
        .appending(path: "../shared/spec/streaming_fullsize_keys.json").standardizedFileURL

    private static let hasFullSizeList = FileManager.default.fileExists(
        atPath: fullSizeList.path(percentEncoded: false))

    @Test(.enabled(if: hasFullSizeList, "shared/spec is not beside the package"))
    func publishedSizesGiveThePublishedKeys() throws {
        let all = try Self.fullSizeShapes()
        #expect(all.count == 3407)
        #expect(StreamingCheckpoint.foreignNames(all.keys) == [])
        // Each key belongs to a parameter or is knowingly left aside, none to both.
        let left = all.keys.filter { StreamingCheckpoint.reasonForLeaving($0) != nil }
        #expect(
            left.sorted()
                == [
                    "ln_final.bias", "ln_final.weight", "logit_scale", "positional_embedding",
                    "text_projection", "token_embedding.weight",
                ].map { "image_encoder.model.\($0)" })
        let keys = StreamingKeys(
            unet: UNet3DConfiguration(), streaming: StreamingConfiguration(),
            imageEncoder: CLIPImageConfiguration(), textEncoder: CLIPTextConfiguration(),
            autoencoder: AutoencoderConfiguration())
        Self.expect(keys, all.filter { !left.contains($0.key) })
    }

    private static func fullSizeShapes() throws -> [String: [Int]] {
        try JSONDecoder().decode([String: [Int]].self, from: Data(contentsOf: fullSizeList))
    }

    /// A network alone, and the names of its layout as a part of the streaming checkpoint's, with their beginning.
    private static let layouts: [(layout: String, part: String, own: String)] = [
        ("unet", "base_model.", ""), ("vae", "vae.", ""), ("old vae", "vae.", ""),
        ("text", "text_encoder.", ""), ("visual", "image_encoder.model.visual.", "visual."),
    ]

    /// The layouts of diffusers, transformers and OpenCLIP have the same names as the streaming checkpoint has behind its
    /// prefixes; only old autoencoders differ, in their attention.
    @Test(
        .enabled(if: hasFullSizeList, "shared/spec is not beside the package"),
        arguments: layouts.indices)
    func layoutsOfSingleNetworksAgree(index: Int) throws {
        let (layout, part, own) = Self.layouts[index]
        var expected: [String: [Int]] = [:]
        for (key, shape) in try Self.fullSizeShapes() where key.hasPrefix(part) {
            var name = own + key.dropFirst(part.count)
            if name.contains("cross_attention_merger") { continue }
            if ["attn2.conv", "attn2.alpha"].contains(where: name.contains) { continue }
            if layout == "old vae", name.contains("attentions.0") {
                for (new, old) in [
                    ("to_q", "query"), ("to_k", "key"), ("to_v", "value"),
                    ("to_out.0", "proj_attn"),
                ] { name = name.replacing(".\(new).", with: ".\(old).") }
            }
            expected[name] = shape
        }
        let (network, map): (any Module, CheckpointKeyMap) =
            switch layout {
            case "unet": (UNet3D(UNet3DConfiguration()), .unet)
            case "vae": (AutoencoderKL(AutoencoderConfiguration()), .autoencoder())
            case "old vae":
                (
                    AutoencoderKL(AutoencoderConfiguration()),
                    .autoencoder(hasOldAttentionNames: true)
                )
            case "text": (CLIPTextEncoder(CLIPTextConfiguration()), .textEncoder())
            default: (CLIPImageEncoder(CLIPImageConfiguration()), .imageEncoder())
            }
        let slots = network.parameters().map {
            ParameterSlot(modulePath: $0.path, shape: $0.parameter.shape, keyMap: map)
        }
        let shapes = Dictionary(slots.map { ($0.key, $0.shape) }, uniquingKeysWith: { $1 })
        #expect(shapes.count == slots.count)
        #expect(shapes == expected)
    }

    @Test func foreignAndLeftNamesAreTold() {
        let names = [
            "unet.conv_in.weight", "optimizer.step",
            "image_encoder.model.transformer.resblocks.0.x",
            "image_encoder.model.visual.proj", "unetx.y",
        ]
        #expect(StreamingCheckpoint.foreignNames(names) == ["optimizer.step", "unetx.y"])
        #expect(StreamingCheckpoint.reasonForLeaving(names[2])?.contains("text half") == true)
        #expect(StreamingCheckpoint.reasonForLeaving(names[3]) == nil)
        #expect(StreamingCheckpoint.reasonForLeaving(names[0]) == nil)
    }

    @Test func fixtureWeightsAreUsedUp() throws {
        let networks = try CoreNetworks()
        let configuration = networks.configuration
        let keys = StreamingKeys(
            unet: configuration.unet, streaming: configuration.streaming,
            imageEncoder: configuration.imageEncoder, textEncoder: configuration.textEncoder,
            autoencoder: configuration.autoencoder)
        Self.expect(keys, networks.weights.entries.mapValues(\.shape))
    }

    private static func expect(
        _ keys: StreamingKeys, _ expected: [String: [Int]],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(keys.duplicates == [], sourceLocation: sourceLocation)
        let missing = expected.keys.filter { keys.shapes[$0] == nil }.sorted()
        let invented = keys.shapes.keys.filter { expected[$0] == nil }.sorted()
        let misShaped = expected.filter { key, shape in
            keys.shapes[key].map { $0 != shape } ?? false
        }.keys.sorted()
        #expect(missing == [], "keys without a parameter", sourceLocation: sourceLocation)
        #expect(invented == [], "parameters without a key", sourceLocation: sourceLocation)
        #expect(misShaped == [], "other shapes", sourceLocation: sourceLocation)
    }
}
