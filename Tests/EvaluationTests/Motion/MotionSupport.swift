import Foundation
import VideoIO

@testable import Evaluation

/// Gives the flows of a list, one per call, whatever the frames are.
final class SuppliedFlows: OpticalFlowEstimator {
    let name = "supplied"
    private var flows: [FlowField]

    init(_ flows: [FlowField]) { self.flows = flows.reversed() }

    func flow(from first: RGBFrame, to second: RGBFrame) throws -> FlowField {
        guard let flow = flows.popLast() else {
            throw OpticalFlowError.estimatorFailed(
                estimator: name, reason: "no flow is left")
        }
        return flow
    }
}

extension FlowField {
    /// The same vector everywhere.
    static func constant(_ u: Float, _ v: Float, width: Int, height: Int) -> FlowField {
        FlowField(
            width: width, height: height,
            horizontal: [Float](repeating: u, count: width * height),
            vertical: [Float](repeating: v, count: width * height))
    }
}

/// Pictures whose every pixel can be told from its neighbours.
enum Pattern {
    /// The window of a fixed pattern that begins at column `x` and row `y`.
    static func window(x: Int, y: Int, width: Int = 12, height: Int = 9) -> RGBFrame {
        var pixels: [UInt8] = []
        for row in y..<y + height {
            for column in x..<x + width {
                for channel in 0..<3 {
                    pixels.append(UInt8((37 * column + 59 * row + 83 * channel + 1000) % 251))
                }
            }
        }
        return RGBFrame(width: width, height: height, pixels: pixels)
    }

    /// One grey value everywhere.
    static func grey(_ value: UInt8, width: Int = 4, height: Int = 4) -> RGBFrame {
        RGBFrame(
            width: width, height: height,
            pixels: [UInt8](repeating: value, count: width * height * 3))
    }
}
