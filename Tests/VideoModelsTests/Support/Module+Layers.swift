import TorchNN

extension Module {
    /// All modules of this tree with their property paths.
    func layers() -> [(path: String, layer: any Module)] {
        var found: [(String, any Module)] = []
        func visit(_ value: Any, _ path: String) {
            let mirror = Mirror(reflecting: value)
            if mirror.displayStyle == .optional {
                for child in mirror.children { visit(child.value, path) }
                return
            }
            let isCollection = mirror.displayStyle == .collection
            if let module = value as? any Module {
                found.append((path, module))
            } else if !isCollection {
                return
            }
            for (index, child) in mirror.children.enumerated() {
                let name = isCollection ? "\(index)" : child.label ?? "\(index)"
                visit(child.value, path.isEmpty ? name : "\(path).\(name)")
            }
        }
        visit(self, "")
        return found
    }
}
