import Foundation
public import Schedulers
public import VideoModels

/// Sizes or settings of a network that was published.
///
/// A missing file falls back to the published values. So does a missing field, except in the configurations of the
/// transformers and of CAM and APM, whose files must have all fields.
public protocol PublishedConfiguration: Decodable {
    /// The published values.
    init()
}

extension UNet3DConfiguration: PublishedConfiguration {}
extension AutoencoderConfiguration: PublishedConfiguration {}
extension CLIPTextConfiguration: PublishedConfiguration {}
extension CLIPImageConfiguration: PublishedConfiguration {}
extension StreamingConfiguration: PublishedConfiguration {}
extension Vid2VidConfiguration: PublishedConfiguration {}
extension SchedulerConfiguration: PublishedConfiguration {}

extension ModelFolder {
    /// Reads a component's configuration.
    ///
    /// That of a folder is in it; a folder with a weight file of the release's name may do without. A weight file `NAME.ckpt` may have one beside it, `NAME.json`, or `config.json` if it is
    /// called as in such a folder; without that it has the published sizes. Networks inside of a streaming checkpoint have
    /// theirs in its configuration, under the names of the folders that they would have.
    public func configuration<Value: PublishedConfiguration>(
        _ type: Value.Type, of component: Component
    ) throws -> Value {
        guard isFile(component) else {
            let file = folder(component).appendingPathComponent(component.configurationName)
            let isThere = FileManager.default.fileExists(atPath: file.path)
            return isThere || !holdsReleasedFile(component)
                ? try decode(type, at: file) : type.init()
        }
        if isInStreaming(component) {
            guard let file = streamingConfigurationFile else { return type.init() }
            return try decode(type, under: component.rawValue, at: file) ?? type.init()
        }
        return try configurationBeside(folder(component), component)
            .map { try decode(type, at: $0) } ?? type.init()
    }

    /// Whether the weights in a component's folder have a name that is the release's alone.
    private func holdsReleasedFile(_ component: Component) -> Bool {
        let file = weights(component)
        return !component.layoutNames.contains(file.lastPathComponent)
            && FileManager.default.fileExists(atPath: file.path)
    }

    /// Whether the weights of a component are those in the streaming checkpoint.
    func isInStreaming(_ component: Component) -> Bool {
        component != .streaming && pieces[component] != nil && has(.streaming)
            && folder(component) == weights(.streaming)
    }

    private var streamingConfigurationFile: URL? {
        isFile(.streaming)
            ? configurationBeside(folder(.streaming), .streaming)
            : folder(.streaming).appendingPathComponent(Component.streaming.configurationName)
    }

    private func configurationBeside(_ weights: URL, _ component: Component) -> URL? {
        let own = weights.deletingPathExtension().appendingPathExtension("json")
        let shared = weights.deletingLastPathComponent()
            .appendingPathComponent(component.configurationName)
        let isInFolder = component.layoutNames.contains(weights.lastPathComponent)
        return [own, isInFolder ? shared : own].first {
            $0 != weights && FileManager.default.fileExists(atPath: $0.path)
        }
    }
}
