import Foundation
import Journeys
import StreamingT2V
import Testing
import Torch
import TorchNN
import VideoIO
import VideoModels

@testable import Training

/// Training of the autoencoder on frames of the enhancer's size.
@Suite struct LargeFramesTests {
    private func clip(_ index: Int = 0, withLarge: Bool = true) async throws -> TrainingClip {
        try await JourneysSource(size: 32, seed: 3, split: .training)
            .clip(index: index, frameCount: 1, withLarge: withLarge)
    }

    /// Both sizes show the same moment; the box moves with the picture.
    @Test func canvasHoldsTheLargeClip() async throws {
        let clip = try await clip()
        let large = try clip.requireLarge()
        #expect(large.map(\.width) == [64] && large.map(\.height) == [64])
        let reduced = large.map { $0.square(side: 32) }
        #expect(try PeakSignal.decibels(reduced, truth: clip.frames) > 20)
        let canvas = try clip.onCanvas(.journeys(latentFactor: 8))
        #expect(canvas.frames.map(\.width) == [64] && canvas.frames.map(\.height) == [80])
        #expect(canvas.frames.map { $0.cropped(columns: 0..<64, rows: 8..<72) } == large)
        let (box, moved) = (try #require(clip.boxes[0]), try #require(canvas.boxes[0]))
        #expect(
            moved
                == FrameTruth.Box(
                    x: 2 * box.x, y: 2 * box.y + 8, width: 2 * box.width, height: 2 * box.height))
        let small = try await self.clip(withLarge: false)
        #expect(throws: TrainingError.self) { try small.onCanvas(.journeys(latentFactor: 8)) }
    }

    private func stage(largeShare: Double?) throws -> AutoencoderStage {
        var settings = try TinyRecipe.make([.autoencoder], steps: 1).stages[0]
        settings.largeShare = largeShare
        let model = AutoencoderKL(.journeys)
        try model.initialize(seed: 1)
        return try AutoencoderStage(model: model, settings: settings, seed: 2)
    }

    /// The recipe's share of the steps has large frames; without one nothing changes.
    @Test func aShareOfTheStepsIsLarge() async throws {
        let clips = [try await clip(), try await clip(1)]
        for share in [nil, 0.25, 1] {
            let stage = try stage(largeShare: share)
            #expect(stage.needsLargeFrames == (share != nil))
            let count = try (0..<400).count {
                try stage.chosen(clips, step: $0)[0].frames[0].width == 64
            }
            #expect(abs(Double(count) / 400 - (share ?? 0)) < 0.08)
        }
    }

    /// A fixed large frame is learned, and validation says so.
    @Test func learnsLargeFrames() async throws {
        let stage = try stage(largeShare: 1)
        let clips = [try await clip()]
        for (_, parameter) in stage.trainable { try parameter.setTrainable(true) }
        let before = try #require(try stage.validate(clips)["large_psnr"])
        let optimizer = try AdamW(stage.trainable)
        for step in 0..<30 {
            try stage.loss(clips, step: step, firstSlot: 0).backward()
            try optimizer.step(learningRate: 0.002)
        }
        let after = try #require(try stage.validate(clips)["large_psnr"])
        #expect(after > before + 3, "\(before) → \(after) dB")
        #expect(try self.stage(largeShare: nil).validate(clips)["large_psnr"] == nil)
    }
}
