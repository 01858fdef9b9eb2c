public import VideoIO

/// Finds the motion between two frames.
///
/// Numbers that rest on optical flow can only be compared if they rest on the same estimator, so its ``name`` goes into
/// every result.
public protocol OpticalFlowEstimator {
    /// Which method, with which settings or weights: `DIS (OpenCV 4.6.0, medium)`.
    var name: String { get }

    /// The motion from `first` to `second`, two frames of one size, in pixels of that size.
    ///
    /// - Throws: ``OpticalFlowError``, and what the method itself throws.
    func flow(from first: RGBFrame, to second: RGBFrame) throws -> FlowField
}
