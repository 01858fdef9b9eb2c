import Foundation
import Foundations
public import VideoIO

/// Draws frames of scenes at one size.
///
/// Every frame is a pure function of scene, frame index and size; the same scene at another size
/// is the same picture with more or less detail. The renderer holds no state: one value may draw
/// in many tasks at once.
public struct SceneRenderer: Sendable, Hashable {
    /// The sizes that can be drawn, in pixels.
    public static let sizes = 16...2048

    /// Raised when a scene no longer looks as before, so that what was learnt from older pictures is not used for new ones.
    public static let worldVersion = 2

    /// Width and height of the frames, in pixels.
    public let size: Int

    /// A renderer of `size × size` pixels.
    ///
    /// - Throws: ``JourneysError/invalidSize(_:)`` outside of ``sizes``.
    public init(size: Int) throws(JourneysError) {
        guard Self.sizes.contains(size) else { throw .invalidSize(size) }
        self.size = size
    }

    /// Draws one frame.
    ///
    /// - Parameter frame: Index from 0; 8 frames are one second of the world's time.
    /// - Throws: ``JourneysError`` for an impossible scene, a negative frame, or lack of memory.
    public func draw(_ scene: Scene, frame: Int) throws(JourneysError) -> RGBFrame {
        let canvas = try canvas(of: scene, frame: frame, mode: .colours).canvas
        let words = try canvas.words()
        let pixels = [UInt8](unsafeUninitializedCapacity: words.count * 3) { bytes, count in
            for (index, word) in words.enumerated() {
                bytes[index * 3] = UInt8(truncatingIfNeeded: word >> 16)
                bytes[index * 3 + 1] = UInt8(truncatingIfNeeded: word >> 8)
                bytes[index * 3 + 2] = UInt8(truncatingIfNeeded: word)
            }
            count = words.count * 3
        }
        return RGBFrame(width: size, height: size, pixels: pixels)
    }

    /// Draws one frame into a PNG file.
    ///
    /// - Throws: ``JourneysError/cannotWrite(path:reason:)``, and what ``draw(_:frame:)`` throws.
    public func writePNG(_ scene: Scene, frame: Int, to path: String) throws(JourneysError) {
        let data = try canvas(of: scene, frame: frame, mode: .colours).canvas.png()
        do {
            // A data set has many frames, and a lost one is drawn again: none waits for the disk.
            try AtomicFile.save(data, to: URL(fileURLWithPath: path), synchronizes: false)
        } catch {
            throw .cannotWrite(path: path, reason: error.reason)
        }
    }

    func canvas(
        of scene: Scene, frame: Int, mode: Canvas.Mode
    ) throws(JourneysError) -> (canvas: Canvas, subjectLayer: Int) {
        guard frame >= 0 else { throw .invalidFrame(frame) }
        guard scene.isPossible else {
            throw .impossibleScene(subject: scene.subject, background: scene.background)
        }
        let canvas = try Canvas(size: size, mode: mode)
        let layer = ScenePainter(scene, frame: frame, on: canvas).paint()
        return (canvas, layer)
    }
}
