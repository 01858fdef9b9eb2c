import TestSupport
import Testing
import Torch

@testable import VideoModels

/// Frame encoder, conditioning extractor and mergers against `cam.safetensors`.
@Suite struct CAMParityTests {
    private let file: FixtureFile
    private let networks: CoreNetworks
    private let skipCount: Int

    init() throws {
        file = try FixtureFile("cam")
        networks = try CoreNetworks()
        skipCount = UNet3D.skipChannels(networks.configuration.unet).count
    }

    @Test func moduleMatchesReference() throws {
        try checkExtractor()
        try checkMergers()
        file.expectAllUsed()
    }

    private func checkExtractor() throws {
        let extractor = try networks.extractor()
        let encoded = try extractor.frameEncoder(file.tensor("cond_frames").videosAsBatch())
        try file.expect(encoded, equals: "cond_embedding", within: .cam)
        let features = try extractor(
            file.tensor("latents"), timestep: file.tensor("t"),
            context: extractor.context(file.tensor("text")), encodedFrames: encoded)
        #expect(features.skips.count == skipCount)
        for (index, skip) in features.skips.enumerated() {
            try file.expect(skip, equals: "down_res.\(index)", within: .cam)
        }
        try file.expect(features.middle, equals: "mid_res", within: .cam)
    }

    private func checkMergers() throws {
        let unet = try networks.streamingUNet()
        #expect(unet.skipMergers.count == skipCount)
        let batches = try file.requiredMatches(
            /merger\.(\d+|mid)\.b(\d+)\.sample/, "merger with several videos")
        let names =
            (0..<skipCount).map { "merger.\($0)" } + ["merger.mid"]
            + batches.map { String($0.output.0.dropLast(".sample".count)) }
        for name in names {
            let components = name.split(separator: ".")
            let index = Int(components[1])
            let merger =
                if let index { try unet.skipMergers.entry(index, name) } else {
                    try #require(unet.middleMerger)
                }
            let context =
                components.count == 3
                ? try file.tensor("\(name).cond").videosAsBatch()
                : try file.tensor(index.map { "down_res.\($0)" } ?? "mid_res")
            let sample = try file.tensor("\(name).sample")
            let merged = try merger(
                sample.videosAsBatch(), context: context, frames: sample.shape[1])
            try file.expect(
                merged.reshaped(sample.shape), equals: "\(name).out", within: .cam)
        }
    }
}
