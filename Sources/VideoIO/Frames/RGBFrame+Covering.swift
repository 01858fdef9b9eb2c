extension RGBFrame {
    /// The frame's middle, cut to another shape and scaled to that size.
    ///
    /// The largest part with the new shape is taken, to a pixel; what stands out at two sides is lost.
    ///
    /// - Precondition: both sides are positive, in pixels.
    public func covering(width newWidth: Int, height newHeight: Int) -> RGBFrame {
        precondition(newWidth > 0 && newHeight > 0)
        func part(_ length: Int, _ other: Int, _ newLength: Int, _ newOther: Int) -> Range<Int> {
            let wanted = (2 * other * newLength + newOther) / (2 * newOther)  // rounded
            let kept = min(length, max(1, wanted))
            let start = (length - kept) / 2
            return start..<start + kept
        }
        return cropped(
            columns: part(width, height, newWidth, newHeight),
            rows: part(height, width, newHeight, newWidth)
        ).resized(width: newWidth, height: newHeight)
    }
}
