public import Foundation
import Checkpoints
import Journeys
import StreamingT2V
import Torch
import TorchNN
import VideoIO

extension FactorClassifier {
    private static let seed: UInt64 = 20_260
    private static let steps = 1500
    private static let batch = 32

    /// The trained classifier: from the cache, or trained now, which takes some minutes once.
    ///
    /// - Parameter progress: is called with the share that is done.
    public static func trained(
        cache: URL = FactorClassifier.defaultCache, progress: (Double) -> Void = { _ in }
    ) throws -> FactorClassifier {
        let file = cache.appendingPathComponent(
            "factor-classifier-\(seed)-\(steps)-world\(SceneRenderer.worldVersion)"
                + "-v\(streamingT2VVersion).safetensors")
        let classifier = FactorClassifier()
        if FileManager.default.fileExists(atPath: file.path) {
            try classifier.load(
                from: SafetensorsArchive(url: file), keyMap: CheckpointKeyMap())
            return classifier
        }
        try classifier.train(progress: progress)
        try FileManager.default.createDirectory(at: cache, withIntermediateDirectories: true)
        try saveTensors(classifier.namedTensors(CheckpointKeyMap()), to: file)
        return classifier
    }

    /// `$XDG_CACHE_HOME/streamingt2v`, or `~/.cache/streamingt2v`.
    public static var defaultCache: URL {
        let environment = ProcessInfo.processInfo.environment
        let base =
            environment["XDG_CACHE_HOME"].map { URL(fileURLWithPath: $0) }
            ?? FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".cache")
        return base.appendingPathComponent("streamingt2v")
    }

    private func train(progress: (Double) -> Void) throws {
        try initialize(seed: Self.seed)
        try setTrainable(true)
        let optimizer = try AdamW(parameters())
        for step in 0..<Self.steps {
            let sample = try Self.sample(step: step)
            let losses = try Self.losses(self(sample.images), sample)
            try losses.backward()
            let rate = 1e-3 * (0.01 + 0.99 * (1 + cos(.pi * Double(step) / Double(Self.steps))) / 2)
            try optimizer.step(learningRate: rate)
            if step % 20 == 0 { progress(Double(step) / Double(Self.steps)) }
        }
        try setTrainable(false)
        progress(1)
    }

    private struct Sample {
        var images: Tensor
        var scenes: [Scene]
    }

    /// Drawn frames, half of them blurred as an autoencoder blurs.
    private static func sample(step: Int) throws -> Sample {
        let renderer = try SceneRenderer(size: size)
        let generator = RandomGenerator(seed: seed)
        var frames: [RGBFrame] = []
        var scenes: [Scene] = []
        for slot in 0..<batch {
            let index = step * batch + slot
            let scene = Scene.sample(seed: seed, index: index, split: .all)
            let start = Int(generator.bits(.data, chunk: index) % 4096)
            frames.append(try renderer.draw(scene, frame: start))
            scenes.append(scene)
        }
        var images = try Tensor.images(frames)
        if step % 2 == 1 {
            let small = try ImageResizing.averaged(images, side: size / 2)
            let soft = try small.bicubicResized(height: size, width: size, alignCorners: false)
            images = try (images + soft) / 2
        }
        return Sample(images: images, scenes: scenes)
    }

    private static func losses(_ outputs: Tensor, _ sample: Sample) throws -> Tensor {
        let parts = try split(outputs)
        func loss<Value: Equatable>(
            _ part: Tensor, _ values: [Value], _ wanted: [Value]
        ) throws -> Tensor {
            let classes = wanted.map { Int64(values.firstIndex(of: $0) ?? 0) }
            return try part.crossEntropy(classes: Tensor(classes, shape: [classes.count]))
        }
        var total = try loss(parts[0], Subject.allCases, sample.scenes.map(\.subject))
        total = try total + loss(parts[1], SubjectColour.allCases, sample.scenes.map(\.colour))
        total = try total + loss(parts[2], Background.allCases, sample.scenes.map(\.background))
        total = try total + loss(parts[3], TimeOfDay.allCases, sample.scenes.map(\.timeOfDay))
        return try total + loss(parts[4], Direction.allCases, sample.scenes.map(\.direction))
    }
}
