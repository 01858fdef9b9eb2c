import StreamingT2V
import Testing
import Torch
import VideoModels

@Suite struct BlendingPolicyTests {
    private let generator = RandomGenerator(seed: 3)
    private let draws = 20_000

    /// How often each shared frame is the earlier chunk's.
    private func shares(_ policy: BlendingPolicy, overlap: Int) -> [Double] {
        var counts = [Int](repeating: 0, count: overlap)
        for draw in 0..<draws {
            let offset = policy.offset(
                overlap: overlap, step: draw % 100, boundary: 1 + draw / 100, from: generator)
            #expect((0...overlap).contains(offset))
            for frame in 0..<offset { counts[frame] += 1 }
        }
        return counts.map { Double($0) / Double(draws) }
    }

    /// Eight shared frames: 7/8, 6/8, … 0 in the release, 8/9, 7/9, … 1/9 in the paper.
    @Test func sharesAreThoseOfCodeAndPaper() {
        for (frame, share) in shares(.code, overlap: 8).enumerated() {
            #expect(abs(share - Double(7 - frame) / 8) < 0.015)  // four standard errors
        }
        for (frame, share) in shares(.paper, overlap: 8).enumerated() {
            #expect(abs(share - Double(8 - frame) / 9) < 0.015)
        }
        #expect(shares(.code, overlap: 8)[7] == 0)
    }

    @Test func fixedSeamsStay() {
        let fixed = BlendingPolicy(seam: .fixed(3))
        #expect(shares(fixed, overlap: 5) == [1, 1, 1, 0, 0])
        #expect(shares(BlendingPolicy(seam: .independent), overlap: 5) == [1, 1, 0, 0, 0])
    }

    @Test func drawsDependOnStepBoundaryAndSeedAlone() {
        func draw(_ seed: UInt64, _ step: Int, _ boundary: Int) -> Int {
            RandomGenerator(seed: seed).draw(below: 1 << 40, step: step, boundary: boundary)
        }
        #expect(draw(1, 2, 3) == draw(1, 2, 3))
        #expect(Set([draw(1, 2, 3), draw(1, 3, 2), draw(2, 2, 3), draw(1, 2, 4)]).count == 4)
        let small = (0..<100).map { generator.draw(below: 1, step: $0, boundary: 1) }
        #expect(small.allSatisfy { $0 == 0 })
    }

    @Test func firstChunkAndEmptyOverlapHaveNoSeam() {
        for policy in [BlendingPolicy.code, .paper, BlendingPolicy(seam: .fixed(0))] {
            #expect(policy.offset(overlap: 8, step: 0, boundary: 0, from: generator) == 0)
            #expect(policy.offset(overlap: 0, step: 0, boundary: 1, from: generator) == 0)
        }
    }

    @Test func seamsOutsideTheOverlapAreRefused() throws {
        for offset in [-1, 9] {
            #expect(throws: ConfigurationError.self) {
                try BlendingPolicy(seam: .fixed(offset)).validate(overlap: 8)
            }
        }
        for offset in [0, 8] { try BlendingPolicy(seam: .fixed(offset)).validate(overlap: 8) }
    }
}
