import CTorch

/// An n-dimensional array of numbers on a device: an owned reference to a LibTorch tensor.
///
/// Operations return new tensors; none changes its receiver. Tensors are not `Sendable`: one thread owns a model and
/// all that it computes.
public final class Tensor {
    let handle: STTensor

    /// Takes over a reference that the C layer gave out.
    init(owning handle: STTensor) {
        self.handle = handle
    }

    deinit {
        st_release(handle)
    }

    /// Copies `values`, in row-major order, into a new tensor on the CPU.
    ///
    /// - Precondition: the number of values is the product of `shape`.
    public convenience init<Element: TensorElement>(
        _ values: [Element], shape: [Int]
    ) throws(TensorError) {
        precondition(values.count == shape.reduce(1, *), "\(values.count) values for \(shape)")
        try self.init(
            bytes: values.withUnsafeBytes { Array($0) }, shape: shape, dtype: Element.dtype)
    }

    /// Copies bytes in row-major order into a new tensor on the CPU.
    public convenience init(bytes: [UInt8], shape: [Int], dtype: DType) throws(TensorError) {
        let result: Result<STTensor, TensorError> = bytes.withUnsafeBytes { buffer in
            Self.copy(of: buffer, shape: shape, dtype: dtype)
        }
        self.init(owning: try result.get())
    }

    /// Copies a memory region, for example of a mapped file, into a new tensor on the CPU.
    ///
    /// - Precondition: the region has as many bytes as `shape` and `dtype` need.
    public convenience init(
        copying buffer: UnsafeRawBufferPointer, shape: [Int], dtype: DType
    ) throws(TensorError) {
        self.init(owning: try Self.copy(of: buffer, shape: shape, dtype: dtype).get())
    }

    private static func copy(
        of buffer: UnsafeRawBufferPointer, shape: [Int], dtype: DType
    ) -> Result<STTensor, TensorError> {
        precondition(buffer.count == shape.reduce(1, *) * dtype.byteCount)
        var result: STTensor?
        let status = st_from_bytes(
            buffer.baseAddress, shape.map { Int64($0) }, Int64(shape.count), dtype.rawValue, &result
        )
        do throws(TensorError) {
            try Operator.check(status, name: "Tensor(bytes:)", shapes: [shape])
        } catch {
            return .failure(error)
        }
        guard let result else {
            return .failure(
                .operation(name: "Tensor(bytes:)", message: "returned nothing", shapes: [shape]))
        }
        return .success(result)
    }
}

extension Tensor {
    /// The length of each axis.
    public var shape: [Int] {
        let count = Int(st_dimension_count(handle))
        return withUnsafeTemporaryAllocation(of: Int64.self, capacity: max(count, 1)) { sizes in
            st_sizes(handle, sizes.baseAddress)
            return (0..<count).map { Int(sizes[$0]) }
        }
    }

    /// Number of axes.
    public var rank: Int { Int(st_dimension_count(handle)) }

    /// Number of elements.
    public var count: Int { shape.reduce(1, *) }

    /// The element type.
    public var dtype: DType { DType(rawValue: st_scalar_type(handle)) ?? .float32 }

    /// Where the elements are.
    public var device: Device {
        var index: Int32 = 0
        return st_device(handle, &index) == 1 ? .cuda(Int(index)) : .cpu
    }

    /// Whether the elements lie in row-major order without gaps.
    public var isContiguous: Bool { st_is_contiguous(handle) }

    /// Whether two tensors look at the same memory.
    public func sharesMemory(with other: Tensor) -> Bool {
        st_shares_memory(handle, other.handle)
    }

    /// The elements in row-major order, converted to `Element` if need be.
    public func values<Element: TensorElement>(
        as type: Element.Type = Element.self
    ) throws(TensorError) -> [Element] {
        let source = dtype == Element.dtype ? self : try converted(to: Element.dtype)
        let count = source.count
        var status = ST_OK
        let values = [Element](unsafeUninitializedCapacity: count) { buffer, filled in
            status = st_copy_bytes(
                source.handle, buffer.baseAddress, Int64(count * MemoryLayout<Element>.stride))
            filled = status == ST_OK ? count : 0
        }
        try Operator.check(status, name: "values", shapes: [shape])
        return values
    }

    /// The bytes of the elements in row-major order.
    public func bytes() throws(TensorError) -> [UInt8] {
        let count = self.count * dtype.byteCount
        var status = ST_OK
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            status = st_copy_bytes(handle, buffer.baseAddress, Int64(count))
            filled = status == ST_OK ? count : 0
        }
        try Operator.check(status, name: "bytes", shapes: [shape])
        return bytes
    }

    /// The only element of a tensor with one element.
    public func item() throws(TensorError) -> Double {
        guard count == 1, let value = try values(as: Double.self).first else {
            throw .shapeMismatch(place: "item()", expected: "one element", actual: shape)
        }
        return value
    }
}

extension Tensor: CustomStringConvertible {
    /// Shape, element type and device; not the elements.
    public var description: String { "Tensor(\(shape), \(dtype), \(device))" }
}
