import Torch

/// Turns stored numbers of one type into those of another, rounding as LibTorch does.
struct NumberConversion {
    /// What a block was like.
    enum Outcome: Hashable {
        /// All numbers are finite.
        case finite
        /// There was NaN or infinity in the block already, and still is.
        case nonFinite
        /// A finite number became infinite; `index` counts elements from the start of the block.
        case overflow(index: Int)
    }

    let source: StoredType
    let target: StoredType

    /// Elements that are converted at once: large enough that calls do not count, small beside any model.
    static let blockLength = 1 << 18

    init(from source: StoredType, to target: StoredType) {
        self.source = source
        self.target = target
    }

    /// The parts that a tensor's bytes are converted in.
    func blocks(
        of bytes: UnsafeRawBufferPointer
    ) -> some Sequence<UnsafeRawBufferPointer> {
        let length = Self.blockLength * source.byteCount
        return stride(from: 0, to: bytes.count, by: length).lazy.map { begin in
            UnsafeRawBufferPointer(rebasing: bytes[begin..<min(begin + length, bytes.count)])
        }
    }

    /// Converts one block and hands the result over, unless a number overflows.
    ///
    /// - Throws: `TensorError`, and what `body` throws.
    func convert(
        _ block: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> Outcome {
        let wasFinite = firstNonFinite(source, block) == nil
        guard source != target else {
            try body(block)
            return wasFinite ? .finite : .nonFinite
        }
        let count = block.count / source.byteCount
        let converted = try Tensor(copying: block, shape: [count], dtype: source.dtype)
            .converted(to: target.dtype).bytes()
        return try converted.withUnsafeBytes { result in
            guard let first = firstNonFinite(target, result) else {
                try body(result)
                return .finite
            }
            if wasFinite { return .overflow(index: first) }
            let overflow = (first..<count).first {
                isFinite(block, source, at: $0) && !isFinite(result, target, at: $0)
            }
            if let overflow { return .overflow(index: overflow) }
            try body(result)
            return .nonFinite
        }
    }

    private func isFinite(
        _ bytes: UnsafeRawBufferPointer, _ type: StoredType, at index: Int
    ) -> Bool {
        let element = bytes[index * type.byteCount..<(index + 1) * type.byteCount]
        return firstNonFinite(type, UnsafeRawBufferPointer(rebasing: element)) == nil
    }
}
