import Foundation
import StreamingT2V
import Torch
import VideoIO

/// Sums over videos from which the figures of one way to enhance follow.
struct EnhancementTally {
    /// Mean differences of neighbouring frames, in levels of 255.
    struct Changes {
        var (sum, pairs) = (0.0, 0)

        var mean: Double? { pairs > 0 ? sum / Double(pairs) : nil }

        mutating func add(_ change: Double) {
            sum += change
            pairs += 1
        }
    }

    /// Squared errors of pixels, on the scale from 0 to 1, and how many there are.
    private var (squares, count) = (0.0, 0)
    /// Mean squared differences of neighbouring pixels, of the video and of the truth.
    private var (gradients, trueGradients) = (0.0, 0.0)
    /// Changes of the video between the frames at which chunks are joined, and between those that no chunks share.
    private var (border, inside) = (Changes(), Changes())
    /// Changes of the truth between the same frames.
    private var (trueBorder, trueInside) = (Changes(), Changes())
    var seconds = 0.0
    private(set) var frames = 0

    /// Compares a video with the truth.
    ///
    /// - Parameter borders: where chunks are joined; `nil` for videos without chunks.
    mutating func add(
        _ video: [RGBFrame], truth: [RGBFrame], borders: EnhancementJoins?
    ) throws(TensorError) {
        frames += video.count
        for (frame, wanted) in zip(video, truth) {
            for (value, true_) in zip(frame.pixels, wanted.pixels) {
                let error = Double(value) - Double(true_)
                squares += error * error / (255 * 255)
            }
            count += frame.pixels.count
            gradients += frame.gradientEnergy
            trueGradients += wanted.gradientEnergy
        }
        guard let borders else { return }
        for second in 1..<max(video.count, 1) {
            let change = Self.change(video[second - 1], video[second])
            let motion = Self.change(truth[second - 1], truth[second])
            if borders.joined.contains(second) {
                border.add(change)
                trueBorder.add(motion)
            } else if !borders.shared.contains(second) {
                inside.add(change)
                trueInside.add(motion)
            }
        }
    }

    /// PSNR, in dB.
    var psnr: Double { -10 * log10(max(squares / Double(max(count, 1)), 1e-10)) }

    /// Gradient energy as a share of the truth's.
    var gradientShare: Double { gradients / max(trueGradients, 1e-9) }

    /// How much more changes where chunks are joined, as a share of what changes elsewhere.
    var seam: Double? { Self.ratio(border, inside).map { $0 - 1 } }

    /// The same beside the truth: how much more the change grows where chunks are joined than the truth's change does.
    ///
    /// What moves more at these frames by chance moves more in the truth too, and does not count here.
    var seamBeyondMotion: Double? {
        guard let made = Self.ratio(border, inside),
            let drawn = Self.ratio(trueBorder, trueInside), drawn > 0
        else { return nil }
        return made / drawn - 1
    }

    private static func ratio(_ one: Changes, _ other: Changes) -> Double? {
        guard let one = one.mean, let other = other.mean, other > 0 else { return nil }
        return one / other
    }

    var secondsPerFrame: Double { seconds / Double(max(frames, 1)) }

    private static func change(_ first: RGBFrame, _ second: RGBFrame) -> Double {
        var sum = 0
        for (one, other) in zip(first.pixels, second.pixels) { sum += abs(Int(one) - Int(other)) }
        return Double(sum) / Double(first.pixels.count)
    }
}

extension RGBFrame {
    /// Mean squared difference of neighbouring pixels, to the right and below, in levels of 255.
    var gradientEnergy: Double {
        var sum = 0
        var pairs = 0
        func add(_ one: Int, _ other: Int) {
            for channel in 0..<3 {
                let difference = Int(pixels[one + channel]) - Int(pixels[other + channel])
                sum += difference * difference
            }
            pairs += 3
        }
        for row in 0..<height {
            for column in 0..<width {
                let place = (row * width + column) * 3
                if column + 1 < width { add(place, place + 3) }
                if row + 1 < height { add(place, place + width * 3) }
            }
        }
        return Double(sum) / Double(max(pairs, 1))
    }

    /// One row of pixels of every frame, from top to bottom in time: an x-t slice.
    ///
    /// - Precondition: there is a frame, all have one size, and it has the row.
    static func timeSlice(_ frames: [RGBFrame], row: Int) -> RGBFrame {
        let width = frames[0].width
        return RGBFrame(
            width: width, height: frames.count,
            pixels: frames.flatMap { $0.pixels[row * width * 3..<(row + 1) * width * 3] })
    }
}
