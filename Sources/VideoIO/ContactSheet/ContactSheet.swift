/// Many frames on one picture, to be taken in at a glance.
public enum ContactSheet {
    /// Pixels between and around the frames.
    static let gap = 2
    /// Pixels below a row of frames that carry its labels.
    static let labelHeight = 14
    private static let fontScale = 2
    private static let background: UInt8 = 24
    private static let ink: UInt8 = 220

    /// Puts frames in a grid, row by row.
    ///
    /// - Parameters:
    ///   - frames: at least one; a smaller one stands in the upper left corner of its cell.
    ///   - columns: cells in a row; fewer if there are fewer frames.
    ///   - scale: how many pixels wide and high each pixel becomes.
    ///   - labels: short texts below the frames, cut at the cell's width; missing ones stay empty.
    /// - Precondition: there is a frame, and `columns` and `scale` are positive.
    public static func make(
        frames: [RGBFrame], columns: Int, scale: Int = 1, labels: [String]? = nil
    ) -> RGBFrame {
        precondition(!frames.isEmpty && columns > 0 && scale > 0)
        let columns = min(columns, frames.count)
        let rows = (frames.count + columns - 1) / columns
        let cellWidth = scale * (frames.map(\.width).max() ?? 1)
        let imageHeight = scale * (frames.map(\.height).max() ?? 1)
        let cellHeight = imageHeight + (labels == nil ? 0 : labelHeight)
        let width = gap + columns * (cellWidth + gap)
        let height = gap + rows * (cellHeight + gap)
        var pixels = [UInt8](repeating: background, count: width * height * 3)
        for (index, frame) in frames.enumerated() {
            let left = gap + index % columns * (cellWidth + gap)
            let top = gap + index / columns * (cellHeight + gap)
            draw(frame, scale, into: &pixels, width: width, left: left, top: top)
            if let label = labels?.dropFirst(index).first {
                draw(
                    label, into: &pixels, width: width, left: left, top: top + imageHeight + 2,
                    limit: cellWidth)
            }
        }
        return RGBFrame(width: width, height: height, pixels: pixels)
    }

    /// Evenly spaced indices from the first frame to the last.
    ///
    /// - Returns: `count` rising indices below `total`, or all of them if there are not so many.
    public static func sample(count: Int, of total: Int) -> [Int] {
        guard count > 0, total > 0 else { return [] }
        guard count < total else { return Array(0..<total) }
        guard count > 1 else { return [0] }
        let steps = count - 1
        return (0..<count).map { ($0 * (total - 1) + steps / 2) / steps }
    }

    private static func draw(
        _ frame: RGBFrame, _ scale: Int, into pixels: inout [UInt8], width: Int, left: Int,
        top: Int
    ) {
        for row in 0..<frame.height * scale {
            let source = row / scale * frame.width * 3
            var target = ((top + row) * width + left) * 3
            for column in 0..<frame.width {
                let from = source + column * 3
                for _ in 0..<scale {
                    pixels[target] = frame.pixels[from]
                    pixels[target + 1] = frame.pixels[from + 1]
                    pixels[target + 2] = frame.pixels[from + 2]
                    target += 3
                }
            }
        }
    }

    private static func draw(
        _ label: String, into pixels: inout [UInt8], width: Int, left: Int, top: Int, limit: Int
    ) {
        let room = max(0, limit / (PixelFont.advance * fontScale))
        for (column, row) in PixelFont.pixels(of: String(label.prefix(room))) {
            for y in 0..<fontScale {
                let start = (top + row * fontScale + y) * width + left + column * fontScale
                for byte in start * 3..<(start + fontScale) * 3 { pixels[byte] = ink }
            }
        }
    }
}
