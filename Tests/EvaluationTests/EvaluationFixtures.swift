import Foundation
import VideoIO

/// The folder of fixtures that are too large for the package.
enum EvaluationFixtures {
    static let hint: String = "set ST2V_FIXTURES_EVAL to the folder with scuts.json"

    /// What `ST2V_FIXTURES_EVAL` names.
    static let folder: URL? = {
        let named = ProcessInfo.processInfo.environment["ST2V_FIXTURES_EVAL", default: ""]
        return named.isEmpty ? nil : URL(filePath: named)
    }()

    static func file(_ name: String) throws -> URL {
        guard let folder else { throw SafetensorsFixture.ReadError.missing(name) }
        return folder.appendingPathComponent(name)
    }

    /// A tensor `[F, H, W, 3]` as frames.
    static func frames(of clip: SafetensorsFixture.Tensor) throws -> [RGBFrame] {
        guard clip.shape.count == 4, clip.shape[3] == 3 else {
            throw SafetensorsFixture.ReadError.malformed("\(clip.shape)")
        }
        let (height, width) = (clip.shape[1], clip.shape[2])
        let size = height * width * 3
        return (0..<clip.shape[0]).map { index in
            let pixels = Array(clip.bytes[index * size..<(index + 1) * size])
            return RGBFrame(width: width, height: height, pixels: pixels)
        }
    }
}
