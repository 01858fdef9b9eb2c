import Journeys
import StreamingT2V
import Testing
import Torch
import TorchNN
import VideoIO

@testable import Evaluation

/// The classifier's wiring; how well it reads is what `study journeys` measures.
@Suite struct FactorClassifierTests {
    private func fresh(seed: UInt64 = 3) throws -> FactorClassifier {
        let classifier = FactorClassifier()
        try classifier.initialize(seed: seed)
        return classifier
    }

    private func clip(count: Int, size: Int = 64) throws -> [RGBFrame] {
        let renderer = try SceneRenderer(size: size)
        let scene = Scene.sample(seed: 4, index: 2, split: .all)
        return try (0..<count).map { try renderer.draw(scene, frame: 3 * $0) }
    }

    @Test func needsWeights() throws {
        let images = try Tensor.zeros([1, 3, 64, 64])
        #expect(throws: TensorError.self) { try FactorClassifier()(images) }
    }

    @Test func hasOneHeadPerFactor() throws {
        let outputs = try withInferenceMode {
            try fresh()(RandomGenerator(seed: 1).normal([3, 3, 64, 64], .data))
        }
        #expect(outputs.shape == [3, 6 + 8 + 6 + 3 + 2])
        let parts = try FactorClassifier.split(outputs)
        #expect(parts.map(\.shape) == [[3, 6], [3, 8], [3, 6], [3, 3], [3, 2]])
        // Together and in order they are the outputs.
        let joined: [Float] = try Tensor.concatenated(parts, axis: 1).values()
        #expect(joined == (try outputs.values()))
        #expect(Set(joined).count == joined.count)  // neither head nor sample repeats another
    }

    /// What all frames say is averaged as probabilities.
    @Test func averagesOverAllFrames() throws {
        let classifier = try fresh()
        let frames = try clip(count: 5)
        let reading = try classifier.read(frames)
        var sums = [[Float]](repeating: [], count: 5)
        for frame in frames {
            let parts = try withInferenceMode {
                try FactorClassifier.split(classifier(Tensor.images([frame])))
            }
            for (index, part) in parts.enumerated() {
                let values: [Float] = try part.softmax(1).values()
                sums[index] = sums[index].isEmpty ? values : zip(sums[index], values).map(+)
            }
        }
        func best<Value>(_ sum: [Float], _ values: [Value]) throws -> Value {
            values[try #require(sum.indices.max { sum[$0] < sum[$1] })]
        }
        #expect(reading.subject == (try best(sums[0], Subject.allCases)))
        #expect(reading.colour == (try best(sums[1], SubjectColour.allCases)))
        #expect(reading.background == (try best(sums[2], Background.allCases)))
        #expect(reading.timeOfDay == (try best(sums[3], TimeOfDay.allCases)))
        #expect(reading.direction == (try best(sums[4], Direction.allCases)))
        // Other weights read something else in at least one of some scenes.
        let other = try fresh(seed: 5)
        #expect(try other.read(frames) != reading)
    }

    /// Larger frames are averaged down to the size that the classifier knows.
    @Test func readsLargerFrames() throws {
        let classifier = try fresh()
        let small = try clip(count: 4)
        let large = small.map { frame in
            var pixels: [UInt8] = []
            for y in 0..<128 {
                for x in 0..<128 {
                    let index = (y / 2 * 64 + x / 2) * 3
                    pixels += frame.pixels[index..<index + 3]
                }
            }
            return RGBFrame(width: 128, height: 128, pixels: pixels)
        }
        #expect(try classifier.read(small) == classifier.read(large))
        #expect(throws: TensorError.self) { try classifier.read(clip(count: 4, size: 96)) }
    }

    @Test func averagesSquaresOfPixels() throws {
        // 4×4 pixels 0…15 become the means of four 2×2 squares.
        let image = try Tensor((0..<16).map(Float.init), shape: [1, 1, 4, 4])
        let small = try ImageResizing.averaged(image, side: 2)
        #expect(small.shape == [1, 1, 2, 2])
        #expect(try small.values() as [Float] == [2.5, 4.5, 10.5, 12.5])
        #expect(throws: TensorError.self) {
            try ImageResizing.averaged(.zeros([1, 3, 64, 128]), side: 64)
        }
    }
}
