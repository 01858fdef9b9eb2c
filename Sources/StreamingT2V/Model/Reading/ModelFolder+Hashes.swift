import Checkpoints
import Foundation

extension ModelFolder {
    /// What a video is made with.
    public enum Use: Sendable, Hashable, CaseIterable {
        /// Making a video from a prompt.
        case generation
        /// Enhancing a video.
        case enhancement
    }

    /// SHA-256 of the weight files that are used for something, by their path in the folder.
    public func weightHashes(for uses: Set<Use> = [.generation]) throws -> [String: String] {
        var hashes: [String: String] = [:]
        if uses.contains(.generation) {
            for component in Component.allCases
            where component != .enhancer && (component != .distilled || isDistilled)
                && has(component)
            {
                try addHashes(of: component, at: component.rawValue, to: &hashes)
            }
        }
        guard uses.contains(.enhancement) else { return hashes }
        try addHashes(of: .enhancer, at: Component.enhancer.rawValue, to: &hashes)
        for component in [Component.vae, .textEncoder] {
            let part = partOfEnhancer(component)
            if part != self {
                let path = "\(Component.enhancer.rawValue)/\(component.rawValue)"
                try part.addHashes(of: component, at: path, to: &hashes)
            }
            let usesModels = try part == self || (component == .vae && hasOwnDecoder())
            guard usesModels,
                !hashes.keys.contains(where: { $0.hasPrefix(component.rawValue + "/") })
            else { continue }
            try addHashes(of: component, at: component.rawValue, to: &hashes)
        }
        return hashes
    }

    /// SHA-256 of the weight files of some components, by their path in the folder.
    public func weightHashes(of components: [Component]) throws -> [String: String] {
        var hashes: [String: String] = [:]
        for component in components {
            try addHashes(of: component, at: component.rawValue, to: &hashes)
        }
        return hashes
    }

    private func addHashes(
        of component: Component, at path: String, to hashes: inout [String: String]
    ) throws {
        // A network inside of the streaming checkpoint has its hash.
        guard component.hasWeights, !isInStreaming(component) else { return }
        for (name, hash) in try openCheckpoint(weights(component)).fileHashes() {
            hashes["\(path)/\(name)"] = hash
        }
    }
}
