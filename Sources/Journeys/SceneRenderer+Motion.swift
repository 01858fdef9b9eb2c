extension SceneRenderer {
    /// The motion of every pixel from `frame` to `frame + 1`.
    ///
    /// What is seen at a pixel is found that much further in the next frame, unless something
    /// nearer covers it there. Parallax layers, subject and flakes each move as a whole; turning
    /// wheels and beating wings have the motion of the subject.
    ///
    /// - Returns: `size × size × 2` numbers `[row][column][x, y]` in pixels; x grows to the right,
    ///   y downwards.
    /// - Throws: What ``draw(_:frame:)`` throws.
    public func opticalFlow(of scene: Scene, frame: Int) throws(JourneysError) -> [Float] {
        let (canvas, _) = try canvas(of: scene, frame: frame, mode: .layers)
        let unit = Double(size) / Scene.worldSize
        let flows = canvas.flows.map { ($0 * unit) }
        var result: [Float] = []
        result.reserveCapacity(size * size * 2)
        for layer in try canvas.words() {
            let flow = layer == 0 ? .zero : flows[Int(layer) - 1]
            result.append(Float(flow.x))
            result.append(Float(flow.y))
        }
        return result
    }

    /// Which pixels show the subject: `size × size` values, row by row.
    ///
    /// - Throws: What ``draw(_:frame:)`` throws.
    public func subjectMask(of scene: Scene, frame: Int) throws(JourneysError) -> [Bool] {
        let (canvas, subject) = try canvas(of: scene, frame: frame, mode: .layers)
        return try canvas.words().map { Int($0) == subject + 1 }
    }
}
