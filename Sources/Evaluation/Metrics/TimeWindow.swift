/// The first and the last entries of a series, which are compared with each other.
///
/// 16 entries each; of a shorter series one half each.
struct TimeWindow {
    /// Entries of each window; 0 if there are fewer than two.
    let length: Int

    init(frames: Int) {
        length = min(16, frames / 2)
    }

    /// Mean of the first window.
    func start(of values: [Double]) -> Double? { values.prefix(length).mean }

    /// Mean of the last window.
    func end(of values: [Double]) -> Double? { values.suffix(length).mean }
}
