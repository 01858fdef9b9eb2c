/// A binary heap of places where a merge rule applies, ordered by rank and then by position.
struct RankQueue {
    private var heap: [UInt64] = []  // rank in the upper half, position in the lower

    mutating func push(rank: Int32, position: Int) {
        heap.append(UInt64(UInt32(bitPattern: rank)) << 32 | UInt64(UInt32(position)))
        var child = heap.count - 1
        while child > 0, heap[child] < heap[(child - 1) / 2] {
            heap.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    /// Takes out all places of the lowest rank, from left to right.
    ///
    /// They leave together because a merge may open a place of a still lower rank, which has to
    /// wait until the current rule has passed over the whole word.
    mutating func popLowestRank() -> (rank: Int32, positions: [Int])? {
        guard let lowest = heap.first else { return nil }
        let rank = lowest >> 32
        var positions: [Int] = []
        while let first = heap.first, first >> 32 == rank {
            positions.append(Int(first & 0xFFFF_FFFF))
            removeFirst()
        }
        return (Int32(rank), positions)
    }

    private mutating func removeFirst() {
        let last = heap.removeLast()
        guard !heap.isEmpty else { return }
        heap[0] = last
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < heap.count && heap[child] < heap[smallest] { smallest = child }
            if smallest == parent { return }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
