import Testing
import VideoIO

@testable import Evaluation

@Suite struct ReferenceMetricsTests {
    /// Numbers of scikit-image 0.26.0: `structural_similarity(a, b, data_range=255, gaussian_weights=True, sigma=1.5,
    /// use_sample_covariance=False)` on BT.601 luminances of the same patterns, and `peak_signal_noise_ratio(a, b)`.
    static let recorded: [(variant: Int, ssim: Double, psnr: Double)] = [
        (1, 0.6023755423163042, 13.567809786651479),
        (3, 0.13250003453325915, 8.820933157471064),
        (8, 0.026943085598827743, 8.173398955191717),
    ]

    @Test(arguments: recorded.indices)
    func agreesWithScikitImage(index: Int) throws {
        let (variant, ssim, psnr) = Self.recorded[index]
        #expect(abs(StructuralSimilarity.mean(pattern(0), pattern(variant)) - ssim) < 1e-10)
        #expect(abs(StructuralSimilarity.mean(pattern(variant), pattern(0)) - ssim) < 1e-10)
        let result = try measure(PSNRMetric(), [pattern(variant)], reference: [pattern(0)])
        #expect(abs((result["psnr"]?.value ?? 0) - psnr) < 1e-10)
    }

    @Test func ssimIsTheMeanOverFrames() throws {
        let result = try measure(
            SSIMMetric(), [pattern(0), pattern(1)], reference: [pattern(0), pattern(0)])
        let curve = try #require(result.curve("ssim"))
        #expect(curve[0] == 1)
        #expect(abs((result["ssim"]?.value ?? 0) - (1 + Self.recorded[0].ssim) / 2) < 1e-10)
    }

    /// The error is averaged before the logarithm: one exact frame does not make the whole infinite.
    @Test func psnrIsThatOfTheMeanError() throws {
        let result = try measure(
            PSNRMetric(), [grey(10), grey(10)], reference: [grey(10), grey(20)])
        // Errors 0 and 100: 10 · log10(255² / 50).
        #expect(abs((result["psnr"]?.value ?? 0) - 31.1411) < 1e-4)
        #expect(result.curve("psnr")?.first == .some(nil))
    }

    @Test func edgesAreDefined() throws {
        let same = [pattern(0), pattern(0)]
        let exact = try measure(PSNRMetric(), same, reference: same)
        #expect(exact["psnr"]?.reason == "the videos are identical")
        #expect(try measure(SSIMMetric(), same, reference: same)["ssim"]?.value == 1)
        #expect(try measure(PSNRMetric(), [], reference: [])["psnr"]?.value == nil)
        #expect(
            try measure(SSIMMetric(), [], reference: [])["ssim"]?.reason
                == "needs 1 frame, the video has 0")
        #expect(try measure(SSIMMetric(), [pattern(1)], reference: [pattern(0)])["ssim"] != nil)
    }

    @Test func needsAReferenceAndASize() {
        #expect(throws: EvaluationError.self) { try PSNRMetric.kind.make(context()) }
        var small = context(width: 10, height: 40)
        small.reference = small.info
        #expect(throws: EvaluationError.self) { try SSIMMetric.kind.make(small) }
        #expect(throws: Never.self) { try PSNRMetric.kind.make(small) }
    }
}
