import Foundation
import StreamingT2V

/// Throws if an output is the input, whose frames would be overwritten before they are read.
///
/// - Parameter input: what the input is called in the message.
func requireOtherFile(
    than path: String, _ output: String, input: String = "the input"
) throws(GenerationError) {
    func place(_ path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
    }
    guard place(path) != place(output) else {
        throw .invalidOption("--output", "is \(input); choose another name")
    }
}
