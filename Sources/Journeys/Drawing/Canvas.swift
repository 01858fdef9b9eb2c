import CCairo
import Foundation

/// A square Cairo picture in world units, 64 to its width.
///
/// In the mode `.layers` the same drawing commands write the number of the layer, without
/// smoothing, instead of colours: that tells which layer is visible at each pixel.
final class Canvas {
    enum Mode { case colours, layers }

    let size: Int
    private let mode: Mode
    private let surface: OpaquePointer
    private let context: OpaquePointer
    /// Motion to the next frame of each layer so far, in world units.
    private(set) var flows: [SIMD2<Double>] = []

    init(size: Int, mode: Mode) throws(JourneysError) {
        guard
            let surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, Int32(size), Int32(size)),
            let context = cairo_create(surface)
        else { throw .drawing(size: size, reason: "no surface") }
        self.size = size
        self.mode = mode
        self.surface = surface
        self.context = context
        try check(cairo_status(context))
        cairo_scale(context, Double(size) / Scene.worldSize, Double(size) / Scene.worldSize)
        if mode == .layers { cairo_set_antialias(context, CAIRO_ANTIALIAS_NONE) }
    }

    deinit {
        cairo_destroy(context)
        cairo_surface_destroy(surface)
    }

    // MARK: Layers and transforms

    /// What follows moves by `flow` world units to the next frame.
    ///
    /// - Returns: The layer's number.
    @discardableResult func beginLayer(flow: SIMD2<Double>) -> Int {
        flows.append(flow)
        return flows.count - 1
    }

    func transformed(
        _ x: Double, _ y: Double, scaleX: Double = 1, scaleY: Double = 1, angle: Double = 0,
        _ draw: () -> Void
    ) {
        cairo_save(context)
        cairo_translate(context, x, y)
        cairo_scale(context, scaleX, scaleY)
        cairo_rotate(context, angle)
        draw()
        cairo_restore(context)
    }

    // MARK: Paths

    func move(_ x: Double, _ y: Double) { cairo_move_to(context, x, y) }
    func line(_ x: Double, _ y: Double) { cairo_line_to(context, x, y) }
    func close() { cairo_close_path(context) }
    func curve(
        _ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ x: Double, _ y: Double
    ) { cairo_curve_to(context, x1, y1, x2, y2, x, y) }

    func polygon(_ points: (Double, Double)...) {
        for (index, point) in points.enumerated() {
            if index == 0 { move(point.0, point.1) } else { line(point.0, point.1) }
        }
        close()
    }

    func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double) {
        cairo_rectangle(context, x, y, width, height)
    }

    func roundedRectangle(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, radius: Double
    ) {
        cairo_new_sub_path(context)
        cairo_arc(context, x + width - radius, y + radius, radius, -.pi / 2, 0)
        cairo_arc(context, x + width - radius, y + height - radius, radius, 0, .pi / 2)
        cairo_arc(context, x + radius, y + height - radius, radius, .pi / 2, .pi)
        cairo_arc(context, x + radius, y + radius, radius, .pi, 3 * .pi / 2)
        close()
    }

    func ellipse(_ x: Double, _ y: Double, _ radiusX: Double, _ radiusY: Double) {
        guard radiusX > 0, radiusY > 0 else { return }
        cairo_save(context)
        cairo_translate(context, x, y)
        cairo_scale(context, radiusX, radiusY)
        cairo_new_sub_path(context)
        cairo_arc(context, 0, 0, 1, 0, 2 * .pi)
        cairo_restore(context)
    }

    // MARK: Paint

    func fill(_ ink: Ink, keepingPath: Bool = false) {
        if select(ink) { cairo_fill_preserve(context) }
        if !keepingPath { cairo_new_path(context) }
    }

    func stroke(_ ink: Ink, width: Double) {
        if select(ink) {
            cairo_set_line_width(context, width)
            cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
            cairo_set_line_cap(context, CAIRO_LINE_CAP_ROUND)
            cairo_stroke_preserve(context)
        }
        cairo_new_path(context)
    }

    /// Fills the path with a gradient along y.
    func fill(_ stops: [(y: Double, ink: Ink)]) {
        guard mode == .colours, let first = stops.first, let last = stops.last, last.y > first.y
        else { return fill(stops.first?.ink ?? .black) }
        let pattern = cairo_pattern_create_linear(0, first.y, 0, last.y)
        for stop in stops {
            cairo_pattern_add_color_stop_rgb(
                pattern, (stop.y - first.y) / (last.y - first.y), stop.ink.rgb.x, stop.ink.rgb.y,
                stop.ink.rgb.z)
        }
        cairo_set_source(context, pattern)
        cairo_fill(context)
        cairo_pattern_destroy(pattern)
    }

    /// A disc of light that fades to nothing at its rim.
    func glow(_ x: Double, _ y: Double, radius: Double, _ ink: Ink) {
        guard mode == .colours else { return }
        let pattern = cairo_pattern_create_radial(x, y, 0, x, y, radius)
        let (r, g, b) = (ink.rgb.x, ink.rgb.y, ink.rgb.z)
        cairo_pattern_add_color_stop_rgba(pattern, 0, r, g, b, ink.alpha)
        cairo_pattern_add_color_stop_rgba(pattern, 1, r, g, b, 0)
        cairo_set_source(context, pattern)
        ellipse(x, y, radius, radius)
        cairo_fill(context)
        cairo_pattern_destroy(pattern)
    }

    /// Makes `ink` the source; false when it leaves no trace in this mode.
    private func select(_ ink: Ink) -> Bool {
        switch mode {
        case .colours:
            cairo_set_source_rgba(context, ink.rgb.x, ink.rgb.y, ink.rgb.z, ink.alpha)
        case .layers:
            guard ink.alpha >= 0.5 else { return false }
            let layer = flows.count  // 0 is left for pixels that nothing covers
            cairo_set_source_rgb(
                context, Double(layer >> 16 & 255) / 255, Double(layer >> 8 & 255) / 255,
                Double(layer & 255) / 255)
        }
        return true
    }

    // MARK: Results

    /// `size × size` pixels as 0x00RRGGBB, row by row.
    func words() throws(JourneysError) -> [UInt32] {
        try check(cairo_status(context))
        cairo_surface_flush(surface)
        guard let data = cairo_image_surface_get_data(surface) else {
            throw .drawing(size: size, reason: "no pixels")
        }
        let stride = Int(cairo_image_surface_get_stride(surface))
        return [UInt32](unsafeUninitializedCapacity: size * size) { words, count in
            for row in 0..<size {
                let line = UnsafeRawPointer(data + row * stride)
                for column in 0..<size {
                    let word = line.load(fromByteOffset: column * 4, as: UInt32.self)
                    words.initializeElement(at: row * size + column, to: word & 0xff_ffff)
                }
            }
            count = size * size
        }
    }

    /// The picture as a PNG file.
    func png() throws(JourneysError) -> Data {
        try check(cairo_status(context))
        var data = Data()
        let status = cairo_surface_write_to_png_stream(
            surface,
            { target, bytes, count in
                guard let target, let bytes else { return CAIRO_STATUS_WRITE_ERROR }
                target.assumingMemoryBound(to: Data.self).pointee.append(bytes, count: Int(count))
                return CAIRO_STATUS_SUCCESS
            }, &data)
        try check(status)
        return data
    }

    private func check(_ status: cairo_status_t) throws(JourneysError) {
        guard status == CAIRO_STATUS_SUCCESS else {
            throw .drawing(size: size, reason: String(cString: cairo_status_to_string(status)))
        }
    }
}
