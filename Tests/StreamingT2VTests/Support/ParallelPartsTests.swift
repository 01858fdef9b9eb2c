import Testing

@testable import StreamingT2V

@Suite struct ParallelPartsTests {
    @Test func rangesCoverTheBatch() {
        #expect(ParallelParts.ranges(of: 7, 3) == [0..<2, 2..<4, 4..<7])
        #expect(ParallelParts.ranges(of: 2, 5) == [0..<1, 1..<2])
        #expect(ParallelParts.ranges(of: 4, 1) == [0..<4])
        #expect(ParallelParts.ranges(of: 0, 2) == [0..<0])
    }

    @Test func resultsAreInOrder() throws {
        #expect(try ParallelParts.map(9) { $0 * $0 } == (0..<9).map { $0 * $0 })
        #expect(try ParallelParts.map(0) { $0 } == [])
        #expect(try ParallelParts.map(1) { $0 + 5 } == [5])
    }

    @Test func theFirstErrorInOrderIsThrown() {
        struct Failure: Error, Equatable { let index: Int }
        #expect(throws: Failure(index: 2)) {
            try ParallelParts.map(6) { index in
                if index >= 2 { throw Failure(index: index) }
            }
        }
    }
}
