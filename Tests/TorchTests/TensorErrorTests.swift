import Testing
import Torch

@Suite struct TensorErrorTests {
    @Test func shapeErrorCarriesOperatorMessageAndShapes() throws {
        let left = try Tensor.zeros([2, 3])
        let right = try Tensor.zeros([4, 5])
        let error = try #require(throws: TensorError.self) { try left.multiplied(by: right) }
        #expect(
            error
                == .operation(
                    name: "aten::matmul",
                    message: "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)",
                    shapes: [[2, 3], [4, 5]]))
        #expect(
            error.description
                == "aten::matmul failed on shapes [2, 3], [4, 5]: "
                + "mat1 and mat2 shapes cannot be multiplied (2x3 and 4x5)")
    }

    @Test func listsReportAllShapesAndAreCutInText() throws {
        let many = try (1...10).map { try Tensor.zeros([$0, $0]) }
        let error = try #require(throws: TensorError.self) {
            try Tensor.concatenated(many, axis: 0)
        }
        guard case .operation(let name, _, let shapes) = error else {
            Issue.record("\(error)")
            return
        }
        #expect(name == "aten::cat")
        #expect(shapes == (1...10).map { [$0, $0] })
        #expect(error.description.contains("[8, 8] and 2 more"))
    }

    @Test func gradientErrorsCarryShapes() throws {
        let integers = try Tensor([Int64(1), 2, 3], shape: [3])
        let refused = try #require(throws: TensorError.self) {
            try integers.setRequiresGradient(true)
        }
        guard case .operation("setRequiresGradient", let message, [[3]]) = refused else {
            Issue.record("\(refused)")
            return
        }
        #expect(message.contains("floating point"))
        let pair = try Tensor.zeros([2])
        let unmatched = try #require(throws: TensorError.self) {
            try pair.setGradient(Tensor.zeros([3]))
        }
        #expect("\(unmatched)".contains("[2], [3]"))
        let assigned = try #require(throws: TensorError.self) { try pair.assign(Tensor.zeros([5])) }
        #expect(
            assigned
                == .operation(
                    name: "assign", message: "cannot assign a tensor of shape [5] to one of [2]",
                    shapes: [[2], [5]]))
    }

    @Test func exhaustedMemoryIsItsOwnCase() throws {
        let direct = try #require(throws: TensorError.self) { try Tensor.zeros([1 << 50]) }
        guard case .outOfMemory("aten::zeros", let message, _) = direct else {
            Issue.record("\(direct)")
            return
        }
        #expect(message.contains("\(1 << 52)"), "the message names the bytes asked for")
        #expect(direct.description.contains("dtype bfloat16"))

        let wide = try Tensor.zeros([1]).expanded(1 << 50)
        let copied = try #require(throws: TensorError.self) { try wide.copied() }
        guard case .outOfMemory("aten::clone", _, [[1 << 50]]) = copied else {
            Issue.record("\(copied)")
            return
        }
        let drawn = try #require(throws: TensorError.self) {
            try RandomGenerator(seed: 1).normal([1 << 50], .data)
        }
        guard case .outOfMemory(_, _, [[1 << 50]]) = drawn else {
            Issue.record("\(drawn)")
            return
        }
        // The process goes on.
        #expect(try Tensor.full([3], value: 2).sum().item() == 6)
    }

    @Test func impossibleSizesAreErrorsNotExhaustion() throws {
        for shape in [[-1], [1 << 62, 1 << 62]] {
            let error = try #require(throws: TensorError.self) { try Tensor.zeros(shape) }
            guard case .operation = error else {
                Issue.record("\(error)")
                return
            }
        }
    }

    @Test func unknownDevice() throws {
        let error = try #require(throws: TensorError.self) { try Runtime.require(.cuda(7)) }
        guard case .deviceUnavailable(.cuda(7), let available) = error else {
            Issue.record("\(error)")
            return
        }
        #expect((0..<8).contains(available))
        #expect(
            error.description
                == "device cuda:7 is not available (\(available) CUDA devices found). "
                + "Use device cpu.")
        #expect(throws: TensorError.self) { try Runtime.require(.cuda(-1)) }
        try Runtime.require(.cpu)
    }

    @Test func shapeChecksOfTheWrapper() throws {
        let tensor = try Tensor.zeros([2, 3])
        let sliced = try #require(throws: TensorError.self) { try tensor.slice(1, 1..<4) }
        #expect(
            sliced
                == .shapeMismatch(
                    place: "slice(1, 1..<4)", expected: "at least 4 entries", actual: [2, 3]))
        #expect(throws: TensorError.self) { try tensor.slice(2, 0..<1) }
        #expect(throws: TensorError.self) { try tensor.slice(-3, 0..<1) }
        #expect(try tensor.slice(-1, 1..<3).shape == [2, 2])
        #expect(
            throws: TensorError.shapeMismatch(
                place: "item()", expected: "one element", actual: [2, 3])
        ) { try tensor.item() }
        #expect(
            throws: TensorError.shapeMismatch(place: "video", expected: "5 axes", actual: [2, 3])
        ) { _ = try tensor.shape5() }
    }

    @Test func unknownOperatorsAndMissingArguments() throws {
        let tensor = try Tensor.zeros([2])
        let unknown = try #require(throws: TensorError.self) {
            try Operator.call("aten::no_such_thing", "", .tensor(tensor))
        }
        #expect("\(unknown)".contains("LibTorch has no operator aten::no_such_thing"))
        let missing = try #require(throws: TensorError.self) {
            try Operator.call("aten::softmax", "int", .tensor(tensor))
        }
        #expect("\(missing)".contains("needs a value for 'dim'"))
        let surplus = try #require(throws: TensorError.self) {
            try Operator.call("aten::silu", "", .tensor(tensor), .int(1), .int(2))
        }
        #expect("\(surplus)".contains("takes 1 arguments, not 3"))
    }
}
