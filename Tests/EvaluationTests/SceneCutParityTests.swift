import Foundation
import Testing
import VideoIO

@testable import Evaluation

@Suite(.enabled(if: EvaluationFixtures.folder != nil, Comment(rawValue: EvaluationFixtures.hint)))
struct SceneCutParityTests {
    private struct Expected: Decodable {
        var shape: [Int]
        var contentValues: [Double]
        var hueDeltas: [Double?]
        var saturationDeltas: [Double?]
        var valueDeltas: [Double?]
        var adaptiveRatios: [Double?]
        var cuts: [String: [Int]]

        enum CodingKeys: String, CodingKey {
            case shape, cuts
            case contentValues = "content_val"
            case hueDeltas = "delta_hue"
            case saturationDeltas = "delta_sat"
            case valueDeltas = "delta_lum"
            case adaptiveRatios = "adaptive_ratio"
        }
    }

    private static func expectations() throws -> [String: Expected] {
        let data = try Data(contentsOf: EvaluationFixtures.file("scuts.json"))
        return try JSONDecoder().decode([String: Expected].self, from: data)
    }

    /// The names in the fixture; none if there is no fixture, and the suite is skipped.
    static var clips: [String] {
        get throws {
            EvaluationFixtures.folder == nil ? [] : try expectations().keys.sorted()
        }
    }

    @Test(arguments: try SceneCutParityTests.clips, SceneCutDetector.Version.allCases)
    func clip(name: String, version: SceneCutDetector.Version) throws {
        let expected = try #require(Self.expectations()[name])
        let clips = try SafetensorsFixture(EvaluationFixtures.file("scuts_clips.safetensors"))
        let tensor = try clips[name]
        #expect(tensor.shape == expected.shape)
        var detector = SceneCutDetector(version: version)
        for frame in try EvaluationFixtures.frames(of: tensor) { detector.append(frame) }
        let report = detector.finish()
        #expect(report.contentValues == expected.contentValues)
        #expect(report.hueDeltas == expected.hueDeltas)
        #expect(report.saturationDeltas == expected.saturationDeltas)
        #expect(report.valueDeltas == expected.valueDeltas)
        #expect(report.adaptiveRatios == expected.adaptiveRatios)
        #expect(report.cuts == expected.cuts[version.rawValue])
    }

    @Test func coloursEqualOpenCV() throws {
        let images = try SafetensorsFixture(EvaluationFixtures.file("image_ops.safetensors"))
        let rgb = try images["hsv.rgb"]
        let frame = RGBFrame(width: rgb.shape[0], height: 1, pixels: rgb.bytes)
        #expect(try HSVImage(frame).pixels == images["hsv.hsv"].bytes)
    }

    /// The names of the shrinking cases in the fixture.
    static var resizes: [String] {
        get throws {
            guard EvaluationFixtures.folder != nil else { return [] }
            let data = try Data(contentsOf: EvaluationFixtures.file("image_ops.json"))
            let entries = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
            return entries.keys.filter { $0.hasPrefix("cvresize") }.sorted()
        }
    }

    @Test(arguments: try SceneCutParityTests.resizes)
    func shrunkImagesEqualOpenCV(name: String) throws {
        let images = try SafetensorsFixture(EvaluationFixtures.file("image_ops.safetensors"))
        let source = try images["\(name).in"]
        let target = try images["\(name).out"]
        let frame = RGBFrame(width: source.shape[1], height: source.shape[0], pixels: source.bytes)
        let result = BilinearDownscale.resize(
            frame, width: target.shape[1], height: target.shape[0])
        #expect(result.pixels == target.bytes)
    }
}
