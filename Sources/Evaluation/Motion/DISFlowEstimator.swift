import COpenCV
public import VideoIO

/// Optical flow by dense inverse search, a classical method without weights, as OpenCV has it.
///
/// It runs anywhere and is quick, but published numbers rest on RAFT: values of the two cannot be compared. It works on
/// the grey values on one thread, so that a machine's number of cores does not change the flow.
///
/// Source: Kroeger et al., Fast Optical Flow using Dense Inverse Search; OpenCV's `DISOpticalFlow`.
public struct DISFlowEstimator: OpticalFlowEstimator, Sendable {
    /// How much work is spent on a pair of frames.
    public enum Preset: String, Sendable, Hashable, CaseIterable {
        /// The coarsest flow.
        case ultrafast
        /// A finer grid of patches.
        case fast
        /// The finest of OpenCV's presets.
        case medium
    }

    /// The smallest side that the search can work on, in pixels.
    public static let smallestSide = 16

    /// How much work is spent.
    public let preset: Preset

    /// Makes an estimator.
    public init(preset: Preset = .medium) {
        self.preset = preset
    }

    /// `DIS (OpenCV 4.6.0, medium)`, with the version that is loaded.
    public var name: String { "DIS (OpenCV \(String(cString: so_version())), \(preset.rawValue))" }

    /// The motion from `first` to `second`.
    ///
    /// - Throws: ``OpticalFlowError``.
    public func flow(from first: RGBFrame, to second: RGBFrame) throws -> FlowField {
        let (width, height) = (first.width, first.height)
        guard second.width == width, second.height == height else {
            throw OpticalFlowError.frameSizeMismatch(
                expected: [width, height], actual: [second.width, second.height])
        }
        guard min(width, height) >= Self.smallestSide else {
            throw OpticalFlowError.unusableFrameSize(
                estimator: name, size: [width, height],
                rule: "both sides need \(Self.smallestSide) pixels")
        }
        guard let columns = Int32(exactly: width), let rows = Int32(exactly: height) else {
            throw OpticalFlowError.unusableFrameSize(
                estimator: name, size: [width, height], rule: "sides must fit 32 bits")
        }
        var status = SO_OK
        let count = 2 * width * height
        let planes = [Float](unsafeUninitializedCapacity: count) { buffer, filled in
            status = so_dis_flow(
                first.pixels, second.pixels, columns, rows, preset.code, buffer.baseAddress)
            filled = status == SO_OK ? count : 0
        }
        guard status == SO_OK else {
            throw OpticalFlowError.estimatorFailed(
                estimator: name, reason: String(cString: so_last_error()))
        }
        return FlowField(width: width, height: height, planes: planes)
    }
}

extension DISFlowEstimator.Preset {
    fileprivate var code: SOPreset {
        switch self {
        case .ultrafast: SO_ULTRAFAST
        case .fast: SO_FAST
        case .medium: SO_MEDIUM
        }
    }
}
