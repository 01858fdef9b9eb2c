import Foundation
import Journeys
import StreamingT2V
import Testing
import VideoIO

@testable import Evaluation

/// The study of the embedded enhancer, on one short video: it is worth its time, and rows differ where they must.
@Suite struct EnhancementStudyTests {
    private static let embedded = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Models/journeys")

    @Test func theEmbeddedEnhancerBeatsEnlarging() async throws {
        var settings = EnhancementStudy.Settings()
        settings.clips = 1
        settings.frames = 28
        var kept: [String: [RGBFrame]] = [:]
        var shares: [Double] = []
        let report = try await EnhancementStudy(
            model: ModelFolder(Self.embedded), settings: settings,
            variants: [.seam(.independent), .seam(.code), .releaseNoise(steps: 2)]
        ).run {
            shares.append($0)
            #expect(!$1.isEmpty)
        } keep: {
            kept[$0] = $1
        }
        #expect(shares == shares.sorted() && shares.last == 1)
        #expect(report.baselines.map(\.name) == ["drawn", "through the autoencoder", "bicubic"])
        let (drawn, bicubic) = (report.baselines[0], report.baselines[2])
        #expect(drawn.gradientShare == 1 && bicubic.gradientShare < 0.9)
        #expect(kept["drawn"]?.count == 28)
        #expect(kept["bicubic"]?.first?.width == 128)
        let own = try #require(report.variants.first { $0.name == "code" })
        #expect(own.psnr > bicubic.psnr + 1)
        #expect(abs(own.gradientShare - 1) < 0.15)
        #expect(try #require(own.secondsPerFrame) > 0)
        // At the release's noise, the content is made anew.
        let anew = report.variants[2]
        #expect(anew.settings?.sampling.noiseLevel == 600 && anew.settings?.sampling.steps == 2)
        #expect(anew.psnr < own.psnr - 1)
        let (apart, joined) = (kept["independent"] ?? [], kept["code"] ?? [])
        #expect(apart.count == 28 && joined.count == 28 && apart != joined)
        #expect(report.markdown.contains("| code | \(own.settings?.sampling.noiseLevel ?? 0) |"))
    }
}
