import Foundations

/// Reads a pickle without executing it.
///
/// A pickle is a program for a stack machine whose instructions may import and call anything. This one knows the
/// instructions that build numbers, text and containers, and the few functions that PyTorch rebuilds tensors with; the
/// latter become descriptions of tensors. Every other class or function stays a name, every other call an inert object.
///
/// Source: Python's `pickletools` for the instructions; PyTorch's `torch/serialization.py` and `torch/_utils.py` for
/// persistent identifiers and functions.
struct PickleMachine {
    /// The most values that one file may put together; the largest checkpoints in use need some ten thousand.
    static let valueLimit = 2_000_000

    private var reader: PickleReader
    private var stack: [PickleValue] = []
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    private var graph = PickleGraph()
    private var storageNumbers: [StorageClaim: Int] = [:]
    private var valueCount = 0

    /// Runs the pickle that begins at `position`.
    ///
    /// - Returns: what it describes, and where the bytes behind it begin.
    static func run(
        _ bytes: UnsafeRawBufferPointer, at position: Int = 0
    ) throws(PickleError) -> (graph: PickleGraph, end: Int) {
        var machine = PickleMachine(reader: PickleReader(bytes, at: position))
        while try machine.step() {}
        machine.graph.root = try machine.pop()
        return (machine.graph, machine.reader.position)
    }

    private init(reader: PickleReader) { self.reader = reader }

    // MARK: Instructions

    /// Executes one instruction; false after the last.
    private mutating func step() throws(PickleError) -> Bool {
        let instruction = try reader.byte()
        switch Unicode.Scalar(instruction) {
        case ".": return false
        case "(": marks.append(stack.count)
        case "0": _ = try pop()
        case "1": _ = try popToMark()
        case "2": try push(top())
        case "N": try push(.none)
        case "I": try pushLine()
        case "L": try push(Int(reader.line().trimming("L")).map { .int($0) } ?? .opaque)
        case "F": try push(Double(reader.line()).map { .float($0) } ?? .opaque)
        case "J": try push(.int(Int(reader.number(Int32.self))))
        case "K": try push(.int(Int(reader.byte())))
        case "M": try push(.int(Int(reader.number(UInt16.self))))
        case "G": try push(.float(reader.double()))
        case "S": try push(.string(reader.line().trimming("'").trimming("\"")))
        case "V": try push(.string(reader.line()))
        case "T": try pushText(reader.length(Int32.self))
        case "U": try pushText(reader.length(UInt8.self))
        case "X": try pushText(reader.length(UInt32.self))
        case "B": try pushOpaque(reader.length(UInt32.self))
        case "C": try pushOpaque(reader.length(UInt8.self))
        case "]": try push(node(.list, []))
        case ")": try push(node(.tuple, []))
        case "}": try push(node(.dictionary, []))
        case "l": try push(node(.list, popToMark()))
        case "t": try push(node(.tuple, popToMark()))
        case "d": try push(node(.dictionary, popToMark()))
        case "a": try append([pop()], to: .list)
        case "e": try append(popToMark(), to: .list)
        case "s":
            let value = try pop()
            try append([pop(), value], to: .dictionary)
        case "u": try append(popToMark(), to: .dictionary)
        case "c": try push(.global(module: reader.line(), name: reader.line()))
        case "R":
            let arguments = try pop()
            try push(call(pop(), arguments))
        case "i":
            let function = PickleValue.global(module: try reader.line(), name: try reader.line())
            try push(node(.object, [function] + popToMark()))
        case "o": try push(node(.object, popToMark()))
        // The state of an object, for example the versions of a state dictionary's modules.
        case "b": _ = try pop()
        case "p": try remember(number(of: reader.line()))
        case "q": try remember(Int(reader.byte()))
        case "r": try remember(Int(reader.number(UInt32.self)))
        case "g": try push(recall(number(of: reader.line())))
        case "h": try push(recall(Int(reader.byte())))
        case "j": try push(recall(Int(reader.number(UInt32.self))))
        case "Q": try push(storage(pop()))
        case "P": throw reader.error("persistent identifiers as text are not PyTorch's")
        default: try stepOfNewerProtocol(instruction)
        }
        return true
    }

    /// The instructions from protocol 2 on.
    private mutating func stepOfNewerProtocol(_ instruction: UInt8) throws(PickleError) {
        switch instruction {
        case 0x80:
            let version = try reader.byte()
            guard version <= 5 else { throw reader.error("protocol \(version) is not known") }
        case 0x81:
            let arguments = try pop()
            try push(call(pop(), arguments))
        case 0x85: try push(node(.tuple, popLast(1)))
        case 0x86: try push(node(.tuple, popLast(2)))
        case 0x87: try push(node(.tuple, popLast(3)))
        case 0x88: try push(.bool(true))
        case 0x89: try push(.bool(false))
        case 0x8A: try pushInteger(reader.length(UInt8.self))
        case 0x8B: try pushInteger(reader.length(Int32.self))
        case 0x8C: try pushText(reader.length(UInt8.self))
        case 0x8D: try pushText(reader.length(UInt64.self))
        case 0x8E, 0x96: try pushOpaque(reader.length(UInt64.self))
        case 0x8F: try push(node(.list, []))
        case 0x90: try append(popToMark(), to: .list)
        case 0x91: try push(node(.list, popToMark()))
        case 0x92: try push(node(.object, popLast(3)))
        case 0x93:
            guard case .string(let name) = try pop(), case .string(let module) = try pop() else {
                throw reader.error("a global has no name")
            }
            try push(.global(module: module, name: name))
        case 0x94: try remember(memo.count)
        case 0x95: _ = try reader.number(UInt64.self)  // length of a frame, for readers that buffer
        default:
            throw reader.error("instruction 0x\(String(instruction, radix: 16)) is not allowed")
        }
    }

    // MARK: Calls

    /// What a call results in: a dictionary, a tensor, or an inert object.
    private mutating func call(
        _ function: PickleValue, _ arguments: PickleValue
    ) throws(PickleError) -> PickleValue {
        guard case .global(let module, let name) = function,
            let items = graph.items(of: arguments, .tuple)
        else { return try node(.object, [function, arguments]) }
        switch (module, name) {
        case ("collections", "OrderedDict"), ("collections", "defaultdict"):
            return try node(.dictionary, [])
        case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"):
            return try tensor(items, type: nil)
        case ("torch._utils", "_rebuild_tensor_v3"):
            guard items.count >= 7, case .global("torch", let type) = items[6] else {
                throw reader.error("a tensor has no element type")
            }
            return try tensor(items, type: type)
        case ("torch._utils", "_rebuild_parameter"),
            ("torch._utils", "_rebuild_parameter_with_state"):
            guard let data = items.first, case .tensor = data else {
                throw reader.error("a parameter has no tensor")
            }
            return data
        case ("torch._tensor", "_rebuild_from_type_v2"):
            guard items.count >= 3 else { throw reader.error("a tensor lacks its arguments") }
            // A tensor of a subclass; the inner call is one of those above, never this one again.
            guard items[0] != function else { throw reader.error("a tensor is made of itself") }
            return try call(items[0], items[2])
        default:
            return try node(.object, [function, arguments])
        }
    }

    /// From (storage, offset, sizes, strides, …).
    private mutating func tensor(
        _ arguments: [PickleValue], type: String?
    ) throws(PickleError) -> PickleValue {
        guard arguments.count >= 4, case .storage(let storage) = arguments[0],
            case .int(let offset) = arguments[1], let shape = sizes(arguments[2]),
            let strides = sizes(arguments[3]), shape.count == strides.count
        else { throw reader.error("a tensor lacks its storage, offset, sizes or strides") }
        try count()
        graph.tensors.append(
            TensorClaim(
                storage: storage, offset: offset, shape: shape, strides: strides, type: type))
        return .tensor(graph.tensors.count - 1)
    }

    private func sizes(_ value: PickleValue) -> [Int]? {
        guard let items = graph.items(of: value, .tuple) ?? graph.items(of: value, .list) else {
            return nil
        }
        var sizes: [Int] = []
        for item in items {
            guard case .int(let size) = item, size >= 0 else { return nil }
            sizes.append(size)
        }
        return sizes
    }

    /// From ("storage", type, key, device, count) or, in legacy files, with a view behind it.
    private mutating func storage(_ identifier: PickleValue) throws(PickleError) -> PickleValue {
        guard let items = graph.items(of: identifier, .tuple), items.count >= 5,
            items[0] == .string("storage"), case .global(_, let type) = items[1],
            case .string(let key) = items[2], case .int(let count) = items[4], count >= 0
        else { throw reader.error("a persistent identifier does not describe a storage") }
        var claim = StorageClaim(type: type, key: key, count: count, offset: 0)
        if items.count > 5, let view = graph.items(of: items[5], .tuple) {
            guard view.count == 3, case .int(let offset) = view[1], case .int(let size) = view[2],
                offset >= 0, size >= 0
            else { throw reader.error("a view of a storage lacks offset or size") }
            claim = StorageClaim(type: type, key: key, count: size, offset: offset)
        }
        if let known = storageNumbers[claim] { return .storage(known) }
        try self.count()
        graph.storages.append(claim)
        storageNumbers[claim] = graph.storages.count - 1
        return .storage(graph.storages.count - 1)
    }

    // MARK: Stack and memo

    private mutating func count(_ values: Int = 1) throws(PickleError) {
        valueCount += values
        guard valueCount <= Self.valueLimit else {
            throw reader.error("it puts together more than \(Self.valueLimit) values")
        }
    }

    private mutating func push(_ value: PickleValue) throws(PickleError) {
        try count()
        stack.append(value)
    }

    private mutating func pushLine() throws(PickleError) {
        let text = try reader.line()
        switch text {
        case "00": try push(.bool(false))
        case "01": try push(.bool(true))
        default: try push(Int(text).map { .int($0) } ?? .opaque)
        }
    }

    private mutating func pushText(_ length: Int) throws(PickleError) {
        try push(.string(reader.text(length)))
    }

    private mutating func pushOpaque(_ length: Int) throws(PickleError) {
        reader.skip(length)
        try push(.opaque)
    }

    private mutating func pushInteger(_ length: Int) throws(PickleError) {
        try push(reader.integer(length).map { .int($0) } ?? .opaque)
    }

    private mutating func node(
        _ kind: PickleNode.Kind, _ items: [PickleValue]
    ) throws(PickleError) -> PickleValue {
        if kind == .dictionary, !items.count.isMultiple(of: 2) {
            throw reader.error("a dictionary has a key without a value")
        }
        try count(1 + items.count)
        graph.nodes.append(PickleNode(kind: kind, items: items))
        return .node(graph.nodes.count - 1)
    }

    /// Adds to the container on top of the stack; what is added to an inert object is dropped.
    private mutating func append(
        _ items: [PickleValue], to kind: PickleNode.Kind
    ) throws(PickleError) {
        guard case .node(let index) = try top() else {
            throw reader.error("values are added to something that is no container")
        }
        if graph.nodes[index].kind == .object { return }
        guard graph.nodes[index].kind == kind,
            kind != .dictionary || items.count.isMultiple(of: 2)
        else { throw reader.error("values are added to a container of another kind") }
        try count(items.count)
        graph.nodes[index].items += items
    }

    private var floor: Int { marks.last ?? 0 }

    private func top() throws(PickleError) -> PickleValue {
        guard stack.count > floor, let value = stack.last else {
            throw reader.error("the stack is empty")
        }
        return value
    }

    private mutating func pop() throws(PickleError) -> PickleValue {
        let value = try top()
        stack.removeLast()
        return value
    }

    private mutating func popLast(_ count: Int) throws(PickleError) -> [PickleValue] {
        guard stack.count - floor >= count else { throw reader.error("the stack is empty") }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    private mutating func popToMark() throws(PickleError) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw reader.error("there is no mark") }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    private func number(of text: String) throws(PickleError) -> Int {
        guard let number = Int(text), number >= 0 else {
            throw reader.error("\(text.quoted) is no number of the memo")
        }
        return number
    }

    private mutating func remember(_ number: Int) throws(PickleError) {
        try count()
        memo[number] = try top()
    }

    private func recall(_ number: Int) throws(PickleError) -> PickleValue {
        guard let value = memo[number] else {
            throw reader.error("the memo has no number \(number)")
        }
        return value
    }
}

extension String {
    /// Without this character at its ends.
    fileprivate func trimming(_ character: Character) -> String {
        var text = self[...]
        if text.first == character { text.removeFirst() }
        if text.last == character { text.removeLast() }
        return String(text)
    }
}
