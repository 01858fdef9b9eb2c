import Testing
import Torch
import TorchNN
import VideoIO
import VideoModels

@testable import StreamingT2V

/// Networks come into memory when they are used, and go as the residency says; the video is the same.
@Suite struct NetworkShelfTests {
    private func shelf(_ residency: Residency?) throws -> NetworkShelf {
        try NetworkShelf(
            SynthesizedModel.folder(), device: .cpu, dtype: .float32, residency: residency)
    }

    @Test func stagedNetworksGoWhenTheirPartIsDone() throws {
        let shelf = try shelf(nil)
        try shelf.open()
        #expect(shelf.resident == [])
        let steps: [(use: Set<NetworkShelf.Network>, resident: Set<NetworkShelf.Network>)] = [
            ([.textEncoder], [.textEncoder]), ([.firstUNet], [.firstUNet]),
            ([.autoencoder], [.firstUNet, .autoencoder]),
            (
                [.imageEncoder, .projector],
                [.firstUNet, .autoencoder, .imageEncoder, .projector]
            ),
            ([.unet, .extractor], [.unet, .extractor, .autoencoder, .projector]),
            ([.autoencoder], [.unet, .extractor, .autoencoder, .projector]),
            ([.firstUNet], [.firstUNet, .autoencoder, .projector]),
        ]
        for (number, step) in steps.enumerated() {
            try shelf.use(step.use)
            #expect(shelf.resident == step.resident, "step \(number)")
        }
    }

    @Test func offloadedNetworksWorkAlone() throws {
        let shelf = try shelf(.offloaded)
        for wanted: Set<NetworkShelf.Network> in [
            [.textEncoder], [.firstUNet], [.autoencoder], [.unet, .extractor], [.autoencoder],
        ] {
            try shelf.use(wanted)
            #expect(shelf.resident == wanted)
        }
    }

    /// What was released holds no tensor.
    @Test func releasedNetworksHoldNothing() async {
        await #expect(processExitsWith: .success) {
            let start = Runtime.liveTensors
            let shelf = try NetworkShelf(
                SynthesizedModel.folder(), device: .cpu, dtype: .float32, residency: .offloaded)
            #expect(Runtime.liveTensors == start)
            try shelf.use([.unet, .extractor])
            #expect(Runtime.liveTensors > start + 500)
            try shelf.use([.autoencoder])
            #expect(Runtime.liveTensors < start + 250)
            try shelf.use([])
            #expect(Runtime.liveTensors == start)
        }
    }

    @Test func modelsThatShareTheirBaseStayInMemory() throws {
        let shelf = try NetworkShelf(
            SharedModel.folder(), device: .cpu, dtype: .float32, residency: nil)
        try shelf.open()
        let all: Set<NetworkShelf.Network> = [
            .textEncoder, .unet, .extractor, .projector, .imageEncoder, .autoencoder,
        ]
        #expect(shelf.resident == all)  // no UNet for the first chunk alone
        try shelf.use([.firstUNet])
        #expect(shelf.resident == all)
    }

    @Test(arguments: [DType.float32, .bfloat16])
    func residencyChangesNoBit(dtype: DType) async throws {
        func video(_ residency: Residency) async throws -> [RGBFrame] {
            let generator = try VideoGenerator(
                model: SynthesizedModel.folder(), dtype: dtype, residency: residency)
            return try await generator.frames(.tiny(frames: 32))
        }
        let kept = try await video(.kept)
        #expect(kept.count == 32)
        #expect(try await video(.staged) == kept)
        #expect(try await video(.offloaded) == kept)
    }

    /// The first chunk is made by the base model, the others by the streaming checkpoint's own UNet.
    @Test func eachStageHasItsBaseWeights() throws {
        let folder = try SynthesizedModel.folder()
        let pipeline = try folder.pipeline(device: .cpu, dtype: .float32)
        let first = try #require(pipeline.firstUNet)
        let prediction = try Self.prediction(of: first)
        #expect(try prediction == Self.prediction(of: folder.unet(streaming: nil)))
        let sizes = try folder.streamingConfiguration()
        let streaming = try Self.prediction(of: folder.unet(streaming: sizes))
        #expect(try Self.prediction(of: pipeline.unet) == streaming)
        #expect(streaming != prediction)
        // The pipeline takes the one without a previous chunk, and the other one with it.
        let text = try RandomGenerator(seed: 3).normal([2, 77, 24], .data)
        let latents = try RandomGenerator(seed: 2).normal([1, 4, 16, 4, 4], .data)
        let conditioning = try pipeline.firstConditioning(
            text: text, guidance: .first(scale: 1))
        let alone = try pipeline.predict(
            latents, timestep: 500, conditioning, encodedFrames: nil)
        let expected = try first(
            latents, timestep: Tensor([Int64(500)], shape: [1]),
            context: AttentionContext(text.slice(0, 1..<2)))
        #expect(try alone.values(as: Float.self) == expected.values(as: Float.self))
    }

    private static func prediction(of unet: UNet3D) throws -> [Float] {
        try unet.prepare(for: .inference())
        return try unet(
            RandomGenerator(seed: 2).normal([1, 4, 4, 4, 4], .data),
            timestep: Tensor([Int64(500)], shape: [1]),
            context: AttentionContext(RandomGenerator(seed: 3).normal([1, 77, 24], .data))
        ).values()
    }
}
