/// Where a picture lies on a canvas of another shape: scaled until it touches two borders, black bars beside it.
///
/// Source: the release's preparation of frames for MS-Vid2Vid-XL.
public struct Letterbox: Sendable, Hashable {
    /// Which side a bar's odd pixel goes to.
    public enum OddBars: Sendable, Hashable {
        /// To the right or lower bar, so that the canvas is as large as asked for.
        case completed
        /// Nowhere, as in the release: both bars are the smaller half, the canvas one pixel short.
        case dropped
    }

    /// Columns of the scaled picture inside the canvas.
    public let columns: Range<Int>
    /// Rows of the scaled picture inside the canvas.
    public let rows: Range<Int>
    /// Width of the canvas, in pixels.
    public let width: Int
    /// Height of the canvas, in pixels.
    public let height: Int

    /// A picture's place on a canvas.
    ///
    /// - Parameters:
    ///   - picture: width and height of the picture as it comes, in pixels, at least 1.
    ///   - box: width and height that the scaled picture must fit into.
    ///   - canvas: width and height of the canvas; the box itself, if left out. At least as large as the box.
    ///   - oddBars: what happens if the bars cannot be equal.
    public init(
        picture: (width: Int, height: Int), box: (width: Int, height: Int),
        canvas: (width: Int, height: Int)? = nil, oddBars: OddBars = .completed
    ) {
        let canvas = canvas ?? box
        precondition(picture.width > 0 && picture.height > 0 && box.width > 0 && box.height > 0)
        precondition(canvas.width >= box.width && canvas.height >= box.height)
        // In whole numbers: a rounded scale could make 719 pixels of 720. A picture far longer than wide keeps one pixel.
        let isWide = box.height * picture.width > box.width * picture.height
        let scaledWidth =
            isWide ? box.width : max(1, picture.width * box.height / picture.height)
        let scaledHeight =
            isWide ? max(1, picture.height * box.width / picture.width) : box.height
        let (left, top) = (
            (canvas.width - scaledWidth) / 2, (canvas.height - scaledHeight) / 2
        )
        columns = left..<left + scaledWidth
        rows = top..<top + scaledHeight
        width = oddBars == .completed ? canvas.width : left + scaledWidth + left
        height = oddBars == .completed ? canvas.height : top + scaledHeight + top
    }

    /// The picture, scaled and with its bars.
    public func apply(_ picture: RGBFrame) -> RGBFrame {
        picture.resized(width: columns.count, height: rows.count).padded(
            left: columns.lowerBound, right: width - columns.upperBound,
            top: rows.lowerBound, bottom: height - rows.upperBound)
    }

    /// The picture without its bars.
    ///
    /// - Precondition: `canvas` has ``width`` and ``height``.
    public func crop(_ canvas: RGBFrame) -> RGBFrame {
        precondition(canvas.width == width && canvas.height == height)
        return canvas.cropped(columns: columns, rows: rows)
    }
}
