import Foundations
import Torch
import TorchNN

/// How much memory each part of the work takes.
struct MemoryForecast {
    /// One part of the work.
    struct Entry {
        let part: PlannedWork.Part
        /// Networks in memory while it is done, and those of them that are read for it.
        let resident: Set<NetworkShelf.Network>
        let read: Set<NetworkShelf.Network>
        /// Bytes in all.
        let bytes: Int
    }

    let entries: [Entry]

    /// The most at any time, in bytes.
    var peak: Int { entries.map(\.bytes).max() ?? 0 }

    /// Bytes in use at the peak of an evaluation, beside the weights, for each number in its widest tensor.
    ///
    /// Measured, see docs/models.md, as are the next two.
    private static let unetBytes = 110.0
    private static let decoderBytes = 20.0
    /// What is lost between the weights of UNet and extractor, which are ordered anew at their first input, as a share of
    /// those weights.
    private static let lostShare = 0.25
    /// Bytes for each number of the largest tensor while weights are read: as stored, as float32, and packed.
    private static let readingBytes = 12
    /// What the program takes when it starts to compute, beside what it had before.
    private static let libraryBytes = 88 << 20

    /// What the program takes by itself, in bytes.
    static func programBytes() -> Int { (ProcessMemory.resident() ?? 0) + libraryBytes }

    /// Follows the networks of a shelf through the work; nothing is loaded.
    ///
    /// - Parameter programBytes: what the program takes by itself.
    init(
        _ work: PlannedWork, _ shelf: NetworkShelf, _ preparation: Preparation,
        _ residency: Residency, programBytes: Int
    ) {
        let all = shelf.existing(Set(NetworkShelf.Network.allCases))
        var weights: [NetworkShelf.Network: Int] = [:]
        var largest: [NetworkShelf.Network: Int] = [:]
        for network in all {
            weights[network] = shelf.byteCount(network, preparation)
            largest[network] = shelf.module(network)?.parameters().map(\.parameter.count).max()
        }
        var resident: Set<NetworkShelf.Network> = []
        entries = work.parts.map { part in
            let wanted = residency == .kept ? all : shelf.existing(part.work.networks)
            resident = resident.filter {
                wanted.contains($0) || residency.keeps($0, beside: wanted)
            }
            let read = wanted.subtracting(resident)
            resident.formUnion(wanted)
            let held = resident.reduce(programBytes) { $0 + (weights[$1] ?? 0) }
            let ordered =
                part.work.networks.isSuperset(of: [.unet, .extractor]) ? part.work.networks : []
            let working =
                part.unetCount * Self.unetBytes + part.decoderCount * Self.decoderBytes
                + Double(ordered.reduce(0) { $0 + (weights[$1] ?? 0) }) * Self.lostShare
            let reading = (read.compactMap { largest[$0] }.max() ?? 0) * Self.readingBytes
            return Entry(
                part: part, resident: resident, read: read,
                bytes: held + max(Int(working), reading))
        }
    }
}

extension NetworkShelf {
    /// Bytes of a network's weights in memory.
    func byteCount(_ network: Network, _ preparation: Preparation) -> Int {
        guard let module = module(network) else { return 0 }
        // The text transformer stays as it is stored, in single precision.
        return network == .textEncoder
            ? module.parameterCount * DType.float32.byteCount
            : module.byteCount(preparedFor: preparation)
    }
}
