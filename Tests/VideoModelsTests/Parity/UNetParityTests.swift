import TestSupport
import Testing
import Torch
import TorchNN

@testable import VideoModels

/// The whole UNet without the previous chunk against `unet.safetensors`.
@Suite struct UNetParityTests {
    private let file: FixtureFile
    private let networks: CoreNetworks

    init() throws {
        file = try FixtureFile("unet")
        networks = try CoreNetworks()
    }

    @Test func networkMatchesReference() throws {
        let text = try file.tensor("text")
        let both = try Tensor.concatenated([text, file.tensor("image_tokens")], axis: 1)
        var watched = 0
        watched += try check(/plain\.t(\d+)\.out/, networks.plainUNet(), text, latents: "latents")
        let unet = try networks.streamingUNet()
        watched += try check(/apm_nocam\.t(\d+)\.out/, unet, both, latents: "latents")
        if file.contains("odd.latents") {
            watched += try check(/odd\.t(\d+)\.out/, unet, both, latents: "odd.latents")
        }
        #expect(watched > 0, "unet lacks the block outputs of any evaluation")
        file.expectAllUsed()
    }

    /// A network with mixing layers that is given text only is the plain one.
    @Test func textAloneBypassesMixing() throws {
        let text = try file.tensor("text")
        _ = try check(
            /plain\.t(\d+)\.out/, networks.streamingUNet(), text, latents: "latents")
    }

    /// Compares the evaluations that `pattern` names; its group is the time step.
    ///
    /// - Returns: in how many of them all blocks were compared too.
    private func check(
        _ pattern: Regex<(Substring, Substring)>, _ unet: UNet3D, _ context: Tensor,
        latents: String
    ) throws -> Int {
        let latents = try file.tensor(latents)
        var complete = 0
        for match in try file.requiredMatches(pattern, "evaluation of one kind") {
            let name = String(match.output.0.dropLast(4))
            let timestep = try #require(Int64(match.output.1))
            var values: [ObjectIdentifier: Tensor] = [:]
            let output = try unet(
                latents, timestep: Tensor([timestep], shape: [1]),
                context: AttentionContext(context)
            ) { values[ObjectIdentifier($0)] = $1 }
            let sites = unet.sites.map { (name: "\(name).\($0.name)", layer: $0.layer) }
            for site in sites where file.contains(site.name) {
                guard let value = values[ObjectIdentifier(site.layer)] else { continue }
                try file.expect(value, equals: site.name, within: .unet)
            }
            try file.expect(output, equals: "\(name).out", within: .unet)
            if sites.allSatisfy({ file.contains($0.name) }) { complete += 1 }
        }
        return complete
    }
}

extension UNet3D {
    /// The layers whose outputs the fixtures have, under the fixtures' names.
    fileprivate var sites: [(name: String, layer: any Module)] {
        var sites: [(name: String, layer: any Module)] = [
            ("conv_in", convIn), ("transformer_in", transformerIn), ("mid", midBlock),
        ]
        sites += downBlocks.enumerated().map { ("down\($0)", $1) }
        sites += upBlocks.enumerated().map { ("up\($0)", $1) }
        return sites
    }
}
