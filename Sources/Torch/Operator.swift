import CTorch

/// One argument of a LibTorch operator.
package enum OperatorArgument {
    case none
    case tensor(Tensor)
    case optional(Tensor?)
    case int(Int)
    case double(Double)
    case bool(Bool)
    case string(StaticString)
    case ints([Int])
    case doubles([Double])
    case tensors([Tensor])
    case dtype(DType?)
    case device(Device)

    fileprivate func push() {
        switch self {
        case .none: st_push_none()
        case .tensor(let tensor): st_push_tensor(tensor.handle)
        case .optional(let tensor):
            if let tensor { st_push_tensor(tensor.handle) } else { st_push_none() }
        case .int(let value): st_push_int(Int64(value))
        case .double(let value): st_push_double(value)
        case .bool(let value): st_push_bool(value)
        case .string(let value):
            value.withUTF8Buffer { _ in
                st_push_string(
                    UnsafeRawPointer(value.utf8Start).assumingMemoryBound(to: CChar.self))
            }
        case .ints(let values):
            values.map { Int64($0) }.withUnsafeBufferPointer {
                st_push_ints($0.baseAddress, Int64($0.count))
            }
        case .doubles(let values):
            values.withUnsafeBufferPointer { st_push_doubles($0.baseAddress, Int64($0.count)) }
        case .tensors(let tensors):
            tensors.map { Optional($0.handle) }.withUnsafeBufferPointer {
                st_push_tensors($0.baseAddress, Int64($0.count))
            }
        case .dtype(let dtype):
            if let dtype { st_push_int(Int64(dtype.rawValue)) } else { st_push_none() }
        case .device(let device): st_push_device(device.code.type, device.code.index)
        }
    }

    fileprivate var shapes: [[Int]] {
        switch self {
        case .tensor(let tensor): [tensor.shape]
        case .optional(let tensor): tensor.map { [$0.shape] } ?? []
        case .tensors(let tensors): tensors.map(\.shape)
        default: []
        }
    }
}

/// Calls LibTorch operators by name, as `aten::add` with overload `Tensor`.
package enum Operator {
    /// The result of an operator that returns one tensor.
    package static func call(
        _ name: StaticString, _ overload: StaticString = "", _ arguments: OperatorArgument...
    ) throws(TensorError) -> Tensor {
        let results = try results(name, overload, arguments, capacity: 8)
        guard let first = results.first else {
            throw .operation(
                name: "\(name)", message: "returned no tensor", shapes: arguments.flatMap(\.shapes))
        }
        return first
    }

    /// All results of an operator that returns several tensors or a list.
    package static func callMany(
        _ name: StaticString, _ overload: StaticString = "", _ arguments: OperatorArgument...
    ) throws(TensorError) -> [Tensor] {
        try results(name, overload, arguments, capacity: capacity(arguments))
    }

    /// Runs an operator that changes its arguments and whose results are not needed.
    package static func run(
        _ name: StaticString, _ overload: StaticString = "", _ arguments: OperatorArgument...
    ) throws(TensorError) {
        _ = try results(name, overload, arguments, capacity: capacity(arguments))
    }

    /// Room for the results: operators over lists return as many tensors as they are given.
    private static func capacity(_ arguments: [OperatorArgument]) -> Int {
        arguments.reduce(64) { total, argument in
            if case .tensors(let list) = argument { total + list.count } else { total }
        }
    }

    private static func results(
        _ name: StaticString, _ overload: StaticString, _ arguments: [OperatorArgument],
        capacity: Int
    ) throws(TensorError) -> [Tensor] {
        for argument in arguments { argument.push() }
        var status = ST_OK
        let tensors = withUnsafeTemporaryAllocation(of: STTensor?.self, capacity: capacity) {
            buffer -> [Tensor] in
            var count: Int64 = 0
            status = st_call(
                UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self),
                UnsafeRawPointer(overload.utf8Start).assumingMemoryBound(to: CChar.self),
                buffer.baseAddress, Int64(capacity), &count)
            return (0..<Int(count)).compactMap { index in buffer[index].map(Tensor.init(owning:)) }
        }
        try check(status, name: name, shapes: arguments.flatMap(\.shapes))
        return tensors
    }

    /// The result of one of our own kernels.
    static func call(
        _ name: StaticString, _ shapes: @autoclosure () -> [[Int]],
        _ kernel: (inout STTensor?) -> STStatus
    ) throws(TensorError) -> Tensor {
        var handle: STTensor?
        try check(kernel(&handle), name: name, shapes: shapes())
        guard let handle else {
            throw .operation(
                name: "\(name)", message: "returned no tensor", shapes: shapes())
        }
        return Tensor(owning: handle)
    }

    /// Turns the status of a C function into an error that names the operation.
    static func check(
        _ status: STStatus, name: StaticString, shapes: @autoclosure () -> [[Int]] = []
    ) throws(TensorError) {
        guard status != ST_OK else { return }
        let lines = String(cString: st_last_error()).split(separator: "\n")
        let message = lines.first.map(String.init) ?? "unknown error"
        if status == ST_OUT_OF_MEMORY {
            throw .outOfMemory(name: "\(name)", message: message, shapes: shapes())
        }
        throw .operation(name: "\(name)", message: message, shapes: shapes())
    }
}
