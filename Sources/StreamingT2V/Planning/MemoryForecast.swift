import Foundations
import Torch
import TorchNN

/// How much memory each phase of the work takes.
struct MemoryForecast {
    /// One phase of the work.
    struct Entry {
        let phase: PlannedWork.Phase
        /// Networks in memory meanwhile, and those of them that are read for it.
        let resident: [Part]
        let read: [Part]
        /// Bytes of everything.
        let bytes: Int
    }

    /// A shelf, with how its networks are used; that may be another way than the shelf's.
    struct Stage {
        let shelf: PartShelf
        let preparation: Preparation
        let residency: Residency

        /// Networks that leave memory where those of `wanted` work.
        func leaving(for wanted: Set<Part.ID>) -> Set<Part.ID> {
            let done = shelf.parts.filter {
                !wanted.contains($0.id) && !residency.keeps($0, beside: wanted)
            }
            return Set(done.map(\.id))
        }
    }

    let entries: [Entry]

    /// The most at any time, in bytes.
    var peak: Int { entries.map(\.bytes).max() ?? 0 }

    /// Bytes in use at the peak of an evaluation, beside the weights, for each number in its widest tensor.
    ///
    /// Measured, see docs/models.md, as are the next two.
    private static let unetBytes = 110.0
    private static let decoderBytes = 20.0
    /// Memory between the weights of UNet and extractor, which are ordered anew at their first input, as a share of
    /// those weights.
    private static let lostShare = 0.25
    /// Bytes for each number of the largest tensor while weights are read: as stored, as float32, and packed.
    private static let readingBytes = 12
    /// What the program takes when it starts to compute, beside what it had before.
    private static let libraryBytes = 88 << 20
    /// Memory of the thread of a third stage, which computes by itself: 30 MB with the embedded model.
    private static let threadBytes = 32 << 20

    /// What the program takes by itself, in bytes.
    static func programBytes() -> Int { (ProcessMemory.resident() ?? 0) + libraryBytes }

    /// Follows the networks of the shelves through the work; nothing is loaded.
    ///
    /// - Parameters:
    ///   - third: the shelf of the third stage, if the work has one. Both stages wait for each other, so only one of them
    ///     evaluates its networks at a time, but the networks of both are in memory.
    ///   - programBytes: memory of the program alone.
    init(
        _ work: PlannedWork, _ shelf: PartShelf, _ preparation: Preparation,
        _ residency: Residency, enhancing third: Stage? = nil, programBytes: Int
    ) {
        let first = Stage(shelf: shelf, preparation: preparation, residency: residency)
        let stages = [first, third].compactMap(\.self)
        let parts = stages.flatMap { $0.shelf.parts }
        var sizes: [Part.ID: (weights: Int, largest: Int)] = [:]
        for stage in stages {
            for part in stage.shelf.parts {
                let largest = part.network.parameters().map(\.parameter.count).max() ?? 0
                sizes[part.id] = (part.byteCount(for: stage.preparation), largest)
            }
        }
        func weights(_ networks: Set<Part.ID>) -> Int {
            networks.reduce(0) { $0 + (sizes[$1]?.weights ?? 0) }
        }
        var entries: [Entry] = []
        var resident: Set<Part.ID> = []
        for phase in work.phases {
            var read: Set<Part.ID> = []
            for stage in stages {
                let wanted = stage.shelf.existing(phase.networks)
                if stage.residency == .kept {
                    // All are read before the first phase.
                    read.formUnion(entries.isEmpty ? stage.shelf.all : [])
                } else if !wanted.isEmpty {
                    resident.subtract(stage.leaving(for: wanted))
                    read.formUnion(wanted.subtracting(resident))
                }
            }
            resident.formUnion(read)
            let ordered: Set<Part.ID> =
                phase.networks.isSuperset(of: [.unet, .extractor]) ? phase.networks : []
            let evaluating = max(
                phase.unetCount * Self.unetBytes, phase.decoderCount * Self.decoderBytes)
            let working = Int(evaluating + Double(weights(ordered)) * Self.lostShare)
            let reading = (read.compactMap { sizes[$0]?.largest }.max() ?? 0) * Self.readingBytes
            entries.append(
                Entry(
                    phase: phase, resident: parts.filter { resident.contains($0.id) },
                    read: parts.filter { read.contains($0.id) },
                    bytes: programBytes + (third == nil ? 0 : Self.threadBytes) + weights(resident)
                        + phase.heldBytes + max(working, reading)))
            guard phase.releases else { continue }
            for stage in stages {
                resident.subtract(stage.leaving(for: []).intersection(phase.networks))
            }
        }
        self.entries = entries
    }
}
