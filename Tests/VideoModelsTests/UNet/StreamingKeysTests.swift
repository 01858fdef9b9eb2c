import Foundation
import Testing

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
        var expected = try JSONDecoder().decode(
            [String: [Int]].self, from: Data(contentsOf: Self.fullSizeList))
        // OpenCLIP's text half, which the checkpoint carries along without use.
        for name in [
            "positional_embedding", "text_projection", "logit_scale", "token_embedding.weight",
            "ln_final.weight", "ln_final.bias",
        ] {
            #expect(expected.removeValue(forKey: "image_encoder.model.\(name)") != nil)
        }
        let keys = StreamingKeys(
            unet: UNet3DConfiguration(), streaming: StreamingConfiguration(),
            imageEncoder: CLIPImageConfiguration(), textEncoder: CLIPTextConfiguration(),
            autoencoder: AutoencoderConfiguration())
        Self.expect(keys, expected)
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
