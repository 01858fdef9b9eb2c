public import Foundation

/// A model on disk in the published folder layout: `unet/`, `vae/`, `text_encoder/`, `tokenizer/`, `image_encoder/`,
/// `scheduler/`, `streaming/`, `enhancer/`, `distilled/`, and our `generation.json`; some parts may lie elsewhere.
public struct ModelFolder: Sendable, Hashable {
    /// The folder.
    public let url: URL
    /// Parts that lie elsewhere: folders of the same layout, or weight files; see ``ModelPieces``.
    public internal(set) var pieces: [Component: URL] = [:]
    /// Whether the few-step weights are used; see ``distilled()``.
    public internal(set) var isDistilled = false

    /// Names a folder; nothing is read yet.
    public init(_ url: URL) {
        self.url = url
    }

    /// One part of a model.
    public enum Component: String, Sendable, CaseIterable {
        /// The base UNet.
        case unet
        /// The autoencoder.
        case vae
        /// The text transformer.
        case textEncoder = "text_encoder"
        /// Vocabulary and merges.
        case tokenizer
        /// The image transformer.
        case imageEncoder = "image_encoder"
        /// Noise schedule.
        case scheduler
        /// CAM and APM.
        case streaming
        /// The third stage, with parts of its own where it has them; see ``ModelFolder/enhancer()``.
        case enhancer
        /// Changes of the weights for few steps; see ``ModelFolder/distilled()``.
        case distilled

        var configurationName: String {
            self == .scheduler ? "scheduler_config.json" : "config.json"
        }

        var hasWeights: Bool { self != .tokenizer && self != .scheduler }

        var weightsName: String {
            switch self {
            case .unet, .vae, .enhancer: "diffusion_pytorch_model.safetensors"
            default: "model.safetensors"
            }
        }

        /// Names of weights in the folders of diffusers and transformers, beside a configuration.
        var layoutNames: [String] {
            let stem = weightsName.prefix { $0 != "." }
            let plain = [weightsName, weightsName + ".index.json"]
            let half = ["\(stem).fp16.safetensors"]
            return switch self {
            case .unet, .vae: plain + half + ["\(stem).bin", "\(stem).fp16.bin"]
            case .textEncoder: plain + half + ["pytorch_model.bin", "pytorch_model.fp16.bin"]
            case .imageEncoder, .streaming, .enhancer, .distilled: plain
            case .tokenizer, .scheduler: []
            }
        }

        /// Names that published weights have, in the order in which they are looked for.
        var publishedNames: [String] {
            switch self {
            case .imageEncoder:
                layoutNames + ["open_clip_model.safetensors", "open_clip_pytorch_model.bin"]
            case .streaming: layoutNames + ["streaming_t2v.ckpt"]
            case .enhancer: layoutNames + ["non_ema_0035000.pth"]
            default: layoutNames
            }
        }
    }

    /// Where a component is: a folder, or the file with its weights.
    public func folder(_ component: Component) -> URL {
        pieces[component] ?? url.appendingPathComponent(component.rawValue)
    }

    /// Whether a component is there.
    public func has(_ component: Component) -> Bool {
        FileManager.default.fileExists(atPath: folder(component).path)
    }

    /// Whether a component is a file instead of a folder.
    func isFile(_ component: Component) -> Bool {
        folder(component).isFolder == false
    }

    /// The weight file of a component, or the index of its shards if it has those instead.
    public func weights(_ component: Component) -> URL {
        if isFile(component) { return folder(component) }
        let candidates = component.publishedNames.map(folder(component).appendingPathComponent)
        return candidates.first { FileManager.default.fileExists(atPath: $0.path) }
            ?? wholeWeights(component)
    }

    /// The weight file of a component that is not spread over several files.
    func wholeWeights(_ component: Component) -> URL {
        folder(component).appendingPathComponent(component.weightsName)
    }
}
