import Checkpoints
import Foundation
import Testing
import Torch
import VideoIO

@testable import Evaluation

@Suite(.enabled(if: EvaluationFixtures.folder != nil, Comment(rawValue: EvaluationFixtures.hint)))
struct MotionAwareWarpErrorParityTests {
    private struct Expected: Decodable {
        var splatErrors: [Double]
        var motions: [Double]
        /// `nil` for the script's NaN.
        var mawe: Double?
        var meanSquaredFlow: Double

        enum CodingKeys: String, CodingKey {
            case motions
            case splatErrors = "warp_errors"
            case mawe = "mawe_coeff_9_5"
            case meanSquaredFlow = "mean_sq_flow"
        }
    }

    private static func expectations() throws -> [String: Expected] {
        let data = try Data(contentsOf: EvaluationFixtures.file("mawe.json"))
        return try JSONDecoder().decode([String: Expected].self, from: data)
    }

    private static func archive(_ name: String) throws -> SafetensorsArchive {
        try SafetensorsArchive(url: EvaluationFixtures.file(name))
    }

    /// The names in the fixture; none if there is no fixture, and the suite is skipped.
    static var cases: [String] {
        get throws {
            EvaluationFixtures.folder == nil ? [] : try expectations().keys.sorted()
        }
    }

    static var resizes: [String] {
        get throws {
            guard EvaluationFixtures.folder != nil else { return [] }
            return try archive("image_ops.safetensors").entries.keys
                .filter { $0.hasPrefix("tvresize") && $0.hasSuffix(".in") }
                .map { String($0.dropLast(3)) }.sorted()
        }
    }

    /// `[T, 3, H, W]` as frames.
    private func frames(_ video: Tensor) throws -> [RGBFrame] {
        let (count, _, height, width) = try video.shape4()
        return try (0..<count).map { index in
            RGBFrame(
                width: width, height: height,
                pixels: try video.selected(0, index).permuted(1, 2, 0).bytes())
        }
    }

    /// `[T − 1, 2, H, W]` as flows.
    private func flows(_ flows: Tensor) throws -> [FlowField] {
        let (count, _, height, width) = try flows.shape4()
        return try (0..<count).map { index in
            FlowField(
                width: width, height: height, planes: try flows.selected(0, index).values())
        }
    }

    @Test(arguments: try MotionAwareWarpErrorParityTests.cases)
    func splat(name: String) throws {
        let archive = try Self.archive("mawe.safetensors")
        let frames = try frames(archive.tensor("\(name).video"))
        let flows = try flows(archive.tensor("\(name).flows"))
        let warped = try archive.tensor("\(name).warped")
        let unknown = try archive.tensor("\(name).unknown")
        #expect(flows.count == frames.count - 1 && !flows.isEmpty)
        for (index, flow) in flows.enumerated() {
            let splat = ForwardSplat(frames[index], along: flow)
            let reference = try warped.selected(0, index).permuted(1, 2, 0)
                .values(as: Float.self)
            #expect(splat.warped.pixels.map(Float.init) == reference)
            let holes = try unknown.selected(0, index).values(as: Float.self)
            #expect(splat.unknown.map { $0 ? 1 : 0 } == holes)
        }
    }

    @Test(arguments: try MotionAwareWarpErrorParityTests.cases)
    func score(name: String) throws {
        let expected = try #require(Self.expectations()[name])
        let archive = try Self.archive("mawe.safetensors")
        let frames = try frames(archive.tensor("\(name).video"))
        let first = try #require(frames.first)
        var meter = MotionAwareWarpError(
            estimator: SuppliedFlows(try flows(archive.tensor("\(name).flows"))),
            readings: [.script], frameSize: FrameSize(width: first.width, height: first.height))
        for frame in frames { try meter.append(frame) }
        let report = meter.finish()
        expectEqual(report.pairs.map(\.splatError), expected.splatErrors)
        expectEqual(report.pairs.map(\.meanMagnitude), expected.motions)
        let flow = try #require(report.opticalFlowScore)
        expectEqual([flow], [expected.meanSquaredFlow])
        if let mawe = expected.mawe {
            expectEqual([try #require(report.maweScript?.value)], [mawe])
        } else {
            #expect(report.maweScript == .undefined(.noMotion))
        }
    }

    /// Within 1e-5 of each reference value.
    private func expectEqual(
        _ actual: [Double], _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(actual.count == expected.count, sourceLocation: sourceLocation)
        for (value, reference) in zip(actual, expected) {
            #expect(
                abs(value - reference) <= 1e-5 * abs(reference), "\(value), not \(reference)",
                sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: try MotionAwareWarpErrorParityTests.resizes)
    func resize(name: String) throws {
        let archive = try Self.archive("image_ops.safetensors")
        let source = try image(archive.tensor("\(name).in"))
        let target = try image(archive.tensor("\(name).out"))
        let size = FrameSize(width: target.width, height: target.height)
        #expect(try source.bilinearResized(to: size) == target)
    }

    /// `[H, W, 3]` as a frame.
    private func image(_ pixels: Tensor) throws -> RGBFrame {
        let (height, width, _) = try pixels.shape3()
        return RGBFrame(width: width, height: height, pixels: try pixels.bytes())
    }
}
