/// The five row filters of PNG.
///
/// Source: W3C, PNG Specification, section "Filtering".
enum PNGFilter: UInt8, CaseIterable {
    case none, sub, up, average, paeth

    /// What the filter expects at a byte, from its neighbours left, above, and above left.
    @inline(__always)
    func prediction(_ left: UInt8, _ above: UInt8, _ corner: UInt8) -> UInt8 {
        switch self {
        case .none: return 0
        case .sub: return left
        case .up: return above
        case .average: return UInt8((UInt16(left) + UInt16(above)) / 2)
        case .paeth:
            let (a, b, c) = (Int16(left), Int16(above), Int16(corner))
            let (toLeft, toAbove, toCorner) = (abs(b - c), abs(a - c), abs(a + b - 2 * c))
            if toLeft <= toAbove, toLeft <= toCorner { return left }
            return toAbove <= toCorner ? above : corner
        }
    }

    /// The frame's rows, each behind the filter that leaves the smallest differences.
    static func applied(to frame: RGBFrame) -> [UInt8] {
        let rowLength = frame.width * 3
        var output: [UInt8] = []
        output.reserveCapacity((rowLength + 1) * frame.height)
        var best = [UInt8](repeating: 0, count: rowLength)
        var trial = best
        frame.pixels.withUnsafeBufferPointer { pixels in
            for row in 0..<frame.height {
                var (bestFilter, bestSum) = (PNGFilter.none, Int.max)
                for filter in [PNGFilter.sub, .up, .paeth, .none] {
                    let sum = filter.differences(pixels, row: row, length: rowLength, into: &trial)
                    guard sum < bestSum else { continue }
                    (bestFilter, bestSum) = (filter, sum)
                    swap(&best, &trial)
                }
                output.append(bestFilter.rawValue)
                output.append(contentsOf: best)
            }
        }
        return output
    }

    /// Filters one row; returns the sum of the differences as signed bytes.
    private func differences(
        _ pixels: UnsafeBufferPointer<UInt8>, row: Int, length: Int, into output: inout [UInt8]
    ) -> Int {
        let start = row * length
        var sum = 0
        output.withUnsafeMutableBufferPointer { output in
            for column in 0..<length {
                let here = start + column
                let left = column >= 3 ? pixels[here - 3] : 0
                let above = row > 0 ? pixels[here - length] : 0
                let corner = row > 0 && column >= 3 ? pixels[here - length - 3] : 0
                let difference = pixels[here] &- prediction(left, above, corner)
                output[column] = difference
                sum += Int(Int8(bitPattern: difference).magnitude)
            }
        }
        return sum
    }

    /// Undoes the filter of one row in place.
    ///
    /// - Parameters:
    ///   - rows: filtered rows, each behind its filter byte; all above `row` are undone already.
    ///   - length: bytes of a row without the filter byte.
    ///   - step: bytes of a pixel.
    func undo(
        _ rows: UnsafeMutableBufferPointer<UInt8>, row: Int, length: Int, step: Int
    ) {
        guard self != .none else { return }
        let start = row * (length + 1) + 1
        for column in 0..<length {
            let here = start + column
            let above = row > 0 ? rows[here - length - 1] : 0
            let left = column >= step ? rows[here - step] : 0
            let corner = row > 0 && column >= step ? rows[here - length - 1 - step] : 0
            rows[here] &+= prediction(left, above, corner)
        }
    }
}
