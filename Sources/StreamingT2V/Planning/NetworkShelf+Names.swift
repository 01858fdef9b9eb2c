extension NetworkShelf {
    /// Networks in the order in which they first work.
    func ordered(_ networks: Set<Network>) -> [Network] {
        Network.allCases.filter(networks.contains)
    }
}

extension NetworkShelf.Network {
    /// What it is called in a plan.
    var name: String {
        switch self {
        case .textEncoder: "text_encoder"
        case .firstUNet: "unet of the first chunk"
        case .unet: "unet"
        case .extractor: "conditioning extractor (CAM)"
        case .projector: "anchor projector (APM)"
        case .imageEncoder: "image_encoder"
        case .autoencoder: "vae"
        }
    }

    /// The part of the model that its weights are in.
    func component(in shelf: NetworkShelf) -> ModelFolder.Component {
        switch self {
        case .textEncoder: .textEncoder
        case .firstUNet: .unet
        // Chunks that share the base have its numbers in `unet/`.
        case .unet: shelf.pipeline.firstUNet == nil ? .unet : .streaming
        case .extractor, .projector: .streaming
        case .imageEncoder: .imageEncoder
        case .autoencoder: .vae
        }
    }
}
