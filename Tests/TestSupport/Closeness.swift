import Foundation
package import Testing
package import Torch

/// Fails unless two tensors have the same shape and no element differs by more than `tolerance`.
///
/// With `ST2V_PARITY_REPORT` set, each comparison prints a line.
package func expectClose(
    _ actual: Tensor, _ expected: Tensor, tolerance: Double, _ name: String,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    #expect(actual.shape == expected.shape, "\(name): shape", sourceLocation: sourceLocation)
    guard actual.shape == expected.shape, expected.count > 0 else { return }
    let differences = try (actual - expected).absolute().reshaped(-1)
    let error = try differences.maximum().item()
    let place = Int(try differences.argmax(0).item())
    // Not `error > tolerance`, which NaN would pass.
    #expect(
        error <= tolerance, "\(name): off by \(error) at element \(place) of \(actual.shape)",
        sourceLocation: sourceLocation)
    if ProcessInfo.processInfo.environment["ST2V_PARITY_REPORT"] != nil {
        print("parity \(name): error \(error), allowed \(tolerance), share \(error / tolerance)")
    }
}
