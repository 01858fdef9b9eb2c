/// The merge rules with every symbol replaced by a number.
///
/// Two symbols with the same spelling are the same symbol, however they were put together.
struct MergeTable: Sendable {
    /// The spelling of each symbol.
    private(set) var symbols: [String] = []
    private var numbers: [String: Int32] = [:]
    private var rules: [UInt64: Rule] = [:]
    private var inner: [Int32] = []  // by byte
    private var final: [Int32] = []  // by byte, at the end of a word

    private struct Rule {
        var rank: Int32
        var result: Int32
    }

    init(merges: [BPEMerge]) {
        for character in ByteAlphabet.characters { inner.append(number(of: String(character))) }
        for character in ByteAlphabet.characters {
            final.append(number(of: String(character) + ByteAlphabet.endOfWord))
        }
        rules.reserveCapacity(merges.count)
        for (rank, merge) in merges.enumerated() {
            let pair = Self.key(number(of: merge.left), number(of: merge.right))
            let result = number(of: merge.left + merge.right)
            rules[pair] = Rule(rank: Int32(rank), result: result)
        }
    }

    /// Splits a word into symbols; rules of lower rank go first, equal ranks from left to right.
    ///
    /// Takes O(n log n) steps for n bytes, so a hostile text costs no more than a long one.
    func split(word: [UInt8]) -> [Int32] {
        guard let last = word.last else { return [] }
        var chain = word.dropLast().map { inner[Int($0)] }
        chain.append(final[Int(last)])

        var next = Array(1...chain.count)
        var previous = Array(-1..<chain.count - 1)
        var alive = [Bool](repeating: true, count: chain.count)
        var queue = RankQueue()

        func rule(at position: Int) -> Rule? {
            guard position >= 0, next[position] < chain.count else { return nil }
            return rules[Self.key(chain[position], chain[next[position]])]
        }
        func enqueue(_ position: Int) {
            if let rule = rule(at: position) { queue.push(rank: rule.rank, position: position) }
        }
        for position in chain.indices { enqueue(position) }

        while let batch = queue.popLowestRank() {
            for position in batch.positions where alive[position] {
                guard let rule = rule(at: position), rule.rank == batch.rank else { continue }
                let absorbed = next[position]
                chain[position] = rule.result
                alive[absorbed] = false
                next[position] = next[absorbed]
                if next[position] < chain.count { previous[next[position]] = position }
                enqueue(previous[position])
                enqueue(position)
            }
        }
        return chain.indices.filter { alive[$0] }.map { chain[$0] }
    }

    private mutating func number(of symbol: String) -> Int32 {
        if let known = numbers[symbol] { return known }
        let number = Int32(symbols.count)
        symbols.append(symbol)
        numbers[symbol] = number
        return number
    }

    private static func key(_ left: Int32, _ right: Int32) -> UInt64 {
        UInt64(UInt32(bitPattern: left)) << 32 | UInt64(UInt32(bitPattern: right))
    }
}
