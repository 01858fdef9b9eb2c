import Foundation
import Torch
import TorchNN
import VideoModels

/// A network of a model: the file of its weights, how they are loaded, and how long they stay in memory.
struct Part: Identifiable {
    /// The networks of all stages.
    enum ID: Hashable, Sendable {
        case textEncoder, firstUNet, unet, extractor, projector, imageEncoder, autoencoder
        case enhancerTextEncoder, enhancer, enhancerAutoencoder
    }

    /// The form of the weights that a network computes with.
    enum Form {
        /// Packed in the type that the model computes in.
        case packed
        /// As float32, for networks that run once per prompt.
        case plain
        /// As float32 where the model computes in float32, and packed otherwise.
        case plainInFloat32
    }

    /// How long a network stays in memory where networks are staged; see ``Residency/staged``.
    enum Lifetime {
        /// From its first use on.
        case always
        /// Until other networks work.
        case whileUsed
        /// Until one of these works.
        case until(Set<ID>)
    }

    let id: ID
    /// Its name in a plan.
    let name: String
    /// The file of its weights.
    let file: URL
    let network: any Module
    var form = Form.packed
    var lifetime = Lifetime.always
    /// Reads its weights, or compares it with their file.
    let load: (LoadingMode) throws -> Void

    /// Whether it computes with its weights in float32, not packed.
    func staysPlain(for preparation: Preparation) -> Bool {
        switch form {
        case .packed: false
        case .plain: true
        case .plainInFloat32: preparation.dtype == .float32
        }
    }

    /// Reads its weights, each layer's in its final form, so that the network never lies in memory twice.
    func fill(for preparation: Preparation) throws {
        guard !staysPlain(for: preparation) else {
            try load(LoadingMode())
            return try network.move(to: preparation.device)
        }
        try load(LoadingMode(preparation: preparation))
        try network.prepare(for: preparation)
    }

    /// Bytes of its weights in memory.
    func byteCount(for preparation: Preparation) -> Int {
        staysPlain(for: preparation)
            ? network.parameterCount * DType.float32.byteCount
            : network.byteCount(preparedFor: preparation)
    }

    /// The type that its convolutions and matrix products compute in.
    func dtype(for preparation: Preparation) -> DType {
        staysPlain(for: preparation) ? .float32 : preparation.dtype
    }
}

extension Part {
    /// The text transformer of a folder; it runs once per prompt.
    static func textEncoder(
        _ encoder: CLIPTextEncoder, of folder: ModelFolder, as id: ID = .textEncoder,
        name: String = "text_encoder"
    ) -> Part {
        Part(
            id: id, name: name, file: folder.weights(.textEncoder), network: encoder, form: .plain,
            lifetime: .whileUsed
        ) { try folder.load(encoder, $0) }
    }

    /// The image transformer of a folder; it runs once per video.
    ///
    /// In float32 packing does not pay: `benchmark --work image` takes 2.55 s packed and 2.42 s plain (published size,
    /// three rounds in turns).
    static func imageEncoder(_ encoder: CLIPImageEncoder, of folder: ModelFolder) -> Part {
        Part(
            id: .imageEncoder, name: "image_encoder", file: folder.weights(.imageEncoder),
            network: encoder, form: .plainInFloat32, lifetime: .whileUsed
        ) { try folder.load(encoder, $0) }
    }

    /// The autoencoder of a folder.
    static func autoencoder(_ autoencoder: AutoencoderKL, of folder: ModelFolder) -> Part {
        Part(
            id: .autoencoder, name: "vae", file: folder.weights(.vae), network: autoencoder
        ) { try folder.load(autoencoder, $0) }
    }
}
