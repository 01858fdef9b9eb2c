import Foundation
import Schedulers
import StreamingT2V
import Testing
import Torch

/// Guidance, kinds of predictions, limits, the posterior and diffusion against `denoise.safetensors`.
@Suite struct EnhancerDenoiseParityTests {
    private let index: EnhancerIndex
    private let file: EnhancerFile
    private let schedule: LogSNRSchedule

    init() throws {
        index = try EnhancerIndex.load()
        file = try EnhancerFile("denoise")
        schedule = try LogSNRSchedule()
    }

    @Test func denoisingMatchesReference() throws {
        for (name, entry) in index.denoise { try check(name, entry) }
        try checkDiffusion()
        file.expectAllUsed()
    }

    private func check(_ name: String, _ entry: EnhancerIndex.Denoise) throws {
        let sample = try file("\(name).xt")
        let limit: LogSNRSchedule.SampleLimit =
            entry.percentile.map { .percentile($0) } ?? entry.clamp.map { .range($0) } ?? .unlimited
        let network = ToyVideoNetwork.guided(
            index.toy, scale: entry.scale, rescale: entry.rescale,
            reading: .init(schedule, type: entry.type, limit: limit))
        let clean = try network.predict(sample, timestep: entry.timestep, index: 0)
        try file.expect(clean, equals: "\(name).x0")

        let posterior = try schedule.posterior(sample, clean: clean, at: entry.timestep)
        let one = [1, 1, 1, 1, 1]
        try file.expect(Tensor.full(one, value: posterior.variance), equals: "\(name).var")
        try file.expect(Tensor.full(one, value: posterior.logVariance), equals: "\(name).log_var")
        // At step 0 both are differences of nearly equal numbers: the reference itself is not exact.
        let isCancelled = entry.timestep == 0
        let (mean, noise) = (try file("\(name).mu"), try file("\(name).eps"))
        guard !isCancelled else { return }
        try file.expect(posterior.mean, equals: mean, "\(name).mu")
        try file.expect(posterior.noise, equals: noise, "\(name).eps")
    }

    private func checkDiffusion() throws {
        let (clean, noise) = (try file("diffuse.x0"), try file("diffuse.noise"))
        let matches = try file.names.compactMap { try /diffuse(\d+)\.xt/.wholeMatch(in: $0) }
        try #require(!matches.isEmpty)
        for match in matches {
            let timestep = try #require(Int(match.output.1))
            try file.expect(
                schedule.diffuse(clean, noise: noise, at: timestep),
                equals: String(match.output.0))
        }
    }
}
