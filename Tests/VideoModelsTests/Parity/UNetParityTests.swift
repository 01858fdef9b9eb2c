import Testing
import Torch

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
            var sites: [UNetSite: Tensor] = [:]
            let output = try unet(
                latents, timestep: Tensor([timestep], shape: [1]),
                context: AttentionContext(context)
            ) { sites[$0] = $1 }
            for (site, value) in sites where file.contains("\(name).\(site.fixtureName)") {
                try file.expect(value, equals: "\(name).\(site.fixtureName)", within: .unet)
            }
            try file.expect(output, equals: "\(name).out", within: .unet)
            let levels = unet.configuration.levels
            let all =
                [UNetSite.convIn, .transformerIn, .middle]
                + (0..<levels).flatMap { [UNetSite.down($0), .up($0)] }
            if all.allSatisfy({ file.contains("\(name).\($0.fixtureName)") }) { complete += 1 }
        }
        return complete
    }
}

extension UNetSite {
    fileprivate var fixtureName: String {
        switch self {
        case .convIn: "conv_in"
        case .transformerIn: "transformer_in"
        case .down(let level): "down\(level)"
        case .middle: "mid"
        case .up(let level): "up\(level)"
        }
    }
}
