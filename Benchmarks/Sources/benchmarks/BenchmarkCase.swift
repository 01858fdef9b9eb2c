/// A layer at a size, with the kernel that its speed is compared to.
struct BenchmarkCase {
    /// Size and layer, as in `published/Linear`; the key of its threshold.
    let name: String
    /// What its speed is compared to.
    let reference: Reference
    /// Makes the layer, ready for inference, and its inputs.
    let workload: () throws -> Workload
}
