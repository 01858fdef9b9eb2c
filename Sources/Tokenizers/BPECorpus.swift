/// The words of a training text as symbols, with a running count of all neighbouring pairs.
struct BPECorpus {
    /// The spelling of each symbol, in the order of the vocabulary.
    private(set) var symbols: [String]

    private struct Pair: Hashable {
        var left: Int
        var right: Int
    }

    private var numbers: [String: Int] = [:]
    private var words: [[Int]] = []
    private var frequencies: [Int] = []  // by word
    private var counts: [Pair: Int] = [:]
    private var places: [Pair: Set<Int>] = [:]  // words that hold, or once held, the pair

    init(frequencies wordFrequencies: [[UInt8]: Int]) {
        let characters = ByteAlphabet.publishedOrder.map {
            String(ByteAlphabet.characters[Int($0)])
        }
        symbols = characters + characters.map { $0 + ByteAlphabet.endOfWord }
        for (number, symbol) in symbols.enumerated() { numbers[symbol] = number }
        var rank = [Int](repeating: 0, count: 256)
        for (place, byte) in ByteAlphabet.publishedOrder.enumerated() { rank[Int(byte)] = place }

        for (bytes, frequency) in wordFrequencies {
            var word = bytes.map { rank[Int($0)] }
            word[word.count - 1] += 256
            count(word, number: words.count, times: frequency)
            words.append(word)
            frequencies.append(frequency)
        }
    }

    /// Joins the most frequent pair everywhere, or returns `nil` if no pair occurs twice.
    mutating func mergeMostFrequentPair() -> BPEMerge? {
        guard let (pair, frequency) = counts.max(by: { isBefore($1, $0) }), frequency >= 2 else {
            return nil
        }
        let merge = BPEMerge(left: symbols[pair.left], right: symbols[pair.right])
        let result = number(of: merge.left + merge.right)
        for number in places.removeValue(forKey: pair) ?? [] {
            let joined = Self.join(pair, into: result, in: words[number])
            count(words[number], number: number, times: -frequencies[number])
            count(joined, number: number, times: frequencies[number])
            words[number] = joined
        }
        return merge
    }

    /// More frequent pairs come first, and of equally frequent ones the first by spelling.
    private func isBefore(
        _ one: (key: Pair, value: Int), _ other: (key: Pair, value: Int)
    ) -> Bool {
        if one.value != other.value { return one.value > other.value }
        if one.key.left != other.key.left {
            return precedes(symbols[one.key.left], symbols[other.key.left])
        }
        return precedes(symbols[one.key.right], symbols[other.key.right])
    }

    private func precedes(_ one: String, _ other: String) -> Bool {
        one.unicodeScalars.lexicographicallyPrecedes(other.unicodeScalars)
    }

    private mutating func count(_ word: [Int], number: Int, times: Int) {
        for (left, right) in zip(word, word.dropFirst()) {
            let pair = Pair(left: left, right: right)
            let total = counts[pair, default: 0] + times
            counts[pair] = total == 0 ? nil : total
            if times > 0 { places[pair, default: []].insert(number) }
        }
    }

    private mutating func number(of symbol: String) -> Int {
        if let known = numbers[symbol] { return known }
        numbers[symbol] = symbols.count
        symbols.append(symbol)
        return symbols.count - 1
    }

    private static func join(_ pair: Pair, into result: Int, in word: [Int]) -> [Int] {
        var joined: [Int] = []
        var index = 0
        while index < word.count {
            if word[index] == pair.left, index + 1 < word.count, word[index + 1] == pair.right {
                joined.append(result)
                index += 2
            } else {
                joined.append(word[index])
                index += 1
            }
        }
        return joined
    }
}
