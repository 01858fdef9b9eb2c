import VideoIO

/// A frame pushed forward along its flow, pixel by pixel.
///
/// Every pixel lands on the nearest whole position behind its vector (halves go to the even one). Where several land on
/// one, the last in row-major order stays; what lands outside is lost. Source: the release's `mawe.py`.
struct ForwardSplat {
    /// For each target pixel the source pixel that landed there, or −1.
    private let sources: [Int32]
    private let frame: RGBFrame

    /// - Precondition: frame and flow have one size; the flow is finite.
    init(_ frame: RGBFrame, along flow: FlowField) {
        precondition(frame.width == flow.width && frame.height == flow.height)
        let (width, height) = (frame.width, frame.height)
        var sources = [Int32](repeating: -1, count: width * height)
        let (lastColumn, lastRow) = (Float(width - 1), Float(height - 1))
        var index = 0
        for y in 0..<height {
            for x in 0..<width {
                // Single precision: the sum is rounded before its nearest whole number is taken, as in the release.
                let column = (Float(x) + flow.horizontal[index]).rounded(.toNearestOrEven)
                let row = (Float(y) + flow.vertical[index]).rounded(.toNearestOrEven)
                if column >= 0, column <= lastColumn, row >= 0, row <= lastRow {
                    sources[Int(row) * width + Int(column)] = Int32(truncatingIfNeeded: index)
                }
                index += 1
            }
        }
        self.sources = sources
        self.frame = frame
    }

    /// Whether no pixel landed at each position, `[height][width]`.
    var unknown: [Bool] { sources.map { $0 < 0 } }

    /// The pushed frame; black where nothing landed.
    var warped: RGBFrame {
        var result = RGBFrame(
            width: frame.width, height: frame.height,
            pixels: [UInt8](repeating: 0, count: frame.pixels.count))
        for (target, source) in sources.enumerated() where source >= 0 {
            for channel in 0..<3 {
                result.pixels[target * 3 + channel] = frame.pixels[Int(source) * 3 + channel]
            }
        }
        return result
    }

    /// Mean squared difference of a channel between the pushed frame and `next`, where something landed, in bytes
    /// squared; 0 where nothing landed anywhere.
    func meanSquaredError(against next: RGBFrame) -> (error: Double, knownPixels: Int) {
        var sum = 0
        var known = 0
        frame.pixels.withUnsafeBufferPointer { before in
            next.pixels.withUnsafeBufferPointer { after in
                for (target, source) in sources.enumerated() where source >= 0 {
                    known += 1
                    for channel in 0..<3 {
                        let difference =
                            Int(after[target * 3 + channel])
                            - Int(before[Int(source) * 3 + channel])
                        sum += difference * difference
                    }
                }
            }
        }
        return (known == 0 ? 0 : Double(sum) / Double(3 * known), known)
    }
}
