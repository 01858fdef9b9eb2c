import Checkpoints
import Torch

/// Which weights the changes of `distilled/` are made for (`distilled/config.json`).
public struct DistilledConfiguration: Codable, Sendable, Hashable {
    /// SHA-256 of the first convolutions of the base UNet and of CAM's extractor, as float32: another training has other
    /// ones, another form of the files the same.
    public var base: String

    /// Changes of these folders' weights.
    public init(unet: ModelFolder, streaming: ModelFolder) throws {
        let first = [
            try unet.archive(.unet).tensor("conv_in.weight"),
            try streaming.archive(.streaming).tensor("unet.conv_in.weight"),
        ]
        let bytes = try first.flatMap { try $0.converted(to: .float32).bytes() }
        base = bytes.withUnsafeBytes { SHA256.hexDigest(of: $0) }
    }
}
