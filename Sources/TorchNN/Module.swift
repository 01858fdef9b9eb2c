public import Torch

/// A part of a network: a final class whose stored `let` properties are its children and parameters.
///
/// The path of a parameter is its property path, as `downBlocks.0.resnets.1.conv1.weight`.
public protocol Module: AnyObject {}

extension Module {
    /// All parameters with their paths, in declaration order.
    public func parameters() -> [(path: String, parameter: Parameter)] {
        var found: [(String, Parameter)] = []
        Self.collect(from: self, path: "", into: &found)
        return found
    }

    /// Number of weights.
    public var parameterCount: Int {
        parameters().reduce(0) { $0 + $1.parameter.shape.reduce(1, *) }
    }

    /// All modules of this tree, this one included.
    public func modules() -> [any Module] {
        var found: [any Module] = []
        func visit(_ value: Any) {
            let mirror = Mirror(reflecting: value)
            if mirror.displayStyle == .optional {
                for child in mirror.children { visit(child.value) }
                return
            }
            let module = value as? any Module
            if let module { found.append(module) }
            if module != nil || mirror.displayStyle == .collection {
                for child in mirror.children { visit(child.value) }
            }
        }
        visit(self)
        return found
    }

    /// Gives every parameter its initial values; the values depend on the seed and the parameter's path only.
    public func initialize(seed: UInt64) throws(TensorError) {
        for (path, parameter) in parameters() {
            try parameter.initialize(seed: seed, path: path)
        }
    }

    /// Freezes or unfreezes all parameters.
    public func setTrainable(_ value: Bool) throws(TensorError) {
        for (_, parameter) in parameters() { try parameter.setTrainable(value) }
    }

    /// Moves all parameters to a device.
    public func move(to device: Device) throws(TensorError) {
        for (_, parameter) in parameters() {
            let value = try parameter.value
            if value.device != device { try parameter.load(value.moved(to: device)) }
        }
    }

    /// Moves this tree to the device and packs its linear layers and convolutions; training is over then.
    ///
    /// Weights that a packed form replaces are freed: load them again to train or to prepare in another way. All other
    /// parameters keep their element type, so the norms' weights and statistics stay in single precision.
    public func prepare(for preparation: Preparation) throws(TensorError) {
        for module in modules() {
            if let layer = module as? any PreparableLayer {
                try layer.prepareLayer(for: preparation)
            }
        }
        for (_, parameter) in parameters() where parameter.isFilled {
            let value = try parameter.value
            if value.device != preparation.device {
                try parameter.load(value.detached().moved(to: preparation.device))
            }
        }
    }

    /// Frees all values and packed forms; load them again before the next use.
    public func release() {
        for module in modules() { (module as? any PreparableLayer)?.releasePacked() }
        for (_, parameter) in parameters() { parameter.release() }
    }

    private static func collect(
        from value: Any, path: String, into found: inout [(String, Parameter)]
    ) {
        let mirror = Mirror(reflecting: value)
        for (index, child) in mirror.children.enumerated() {
            var element = child.value
            if Mirror(reflecting: element).displayStyle == .optional {
                guard let inner = Mirror(reflecting: element).children.first else { continue }
                element = inner.value
            }
            let name = child.label ?? "\(index)"
            let component = mirror.displayStyle == .collection ? "\(index)" : name
            let childPath = path.isEmpty ? component : "\(path).\(component)"
            if let parameter = element as? Parameter {
                found.append((childPath, parameter))
            } else if element is any Module
                || Mirror(reflecting: element).displayStyle == .collection
            {
                collect(from: element, path: childPath, into: &found)
            }
        }
    }
}

/// A layer that owns a packed or converted form of its weights for inference.
package protocol PreparableLayer: Module {
    func prepareLayer(for preparation: Preparation) throws(TensorError)

    /// Frees that form.
    func releasePacked()

    /// Bytes of that form, and of weights that stay in memory beside it.
    func packedByteCount(for preparation: Preparation) -> Int
}

extension PreparableLayer {
    package func packedByteCount(for preparation: Preparation) -> Int {
        parameters().reduce(0) { $0 + $1.parameter.count } * preparation.dtype.byteCount
    }
}

extension Module {
    /// Copies the values of all parameters that the other network has under the same path.
    public func copyParameters(from other: some Module) throws(TensorError) {
        var values: [String: Parameter] = [:]
        for (path, parameter) in other.parameters() { values[path] = parameter }
        for (path, parameter) in parameters() {
            if let source = values[path], source.shape == parameter.shape {
                try parameter.load(source.value.detached().copied())
            }
        }
    }
}
