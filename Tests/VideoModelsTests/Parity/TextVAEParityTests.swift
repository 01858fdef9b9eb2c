import TestSupport
import Testing
import Torch

@testable import VideoModels

/// Text encoder and autoencoder against `text_vae.safetensors`.
@Suite struct TextVAEParityTests {
    private let file: FixtureFile
    private let networks: CoreNetworks

    init() throws {
        file = try FixtureFile("text_vae")
        networks = try CoreNetworks()
    }

    @Test func encodersMatchReference() throws {
        let textEncoder = try networks.textEncoder()
        for kind in ["prompt", "negative"] {
            try file.expect(
                textEncoder(file.tensor("\(kind)_ids")), equals: "\(kind)_embeds",
                within: .textAndAutoencoder)
        }

        let autoencoder = try networks.autoencoder()
        let factor = autoencoder.configuration.scalingFactor
        let posterior = try autoencoder.encode(file.tensor("vae.image"))
        try file.expect(posterior.mean, equals: "vae.mean", within: .textAndAutoencoder)
        try file.expect(posterior.logVariance, equals: "vae.logvar", within: .textAndAutoencoder)
        try file.expect(
            posterior.mean * factor, equals: "vae.latent_scaled_mean",
            within: .textAndAutoencoder)
        try file.expect(
            autoencoder.decode(file.tensor("vae.z_scaled") / factor), equals: "vae.decoded",
            within: .textAndAutoencoder)
        file.expectAllUsed()
    }
}
