import Torch
import TorchNN

/// The networks of a stage, of which those that are used have their weights in memory.
///
/// Networks are made once and stay; only their weights come and go, so caches of a layer stay valid.
class PartShelf {
    typealias Network = Part.ID

    /// The networks that the model has, in the order in which they first work.
    let parts: [Part]
    /// Networks that work in place of those that the model does not have.
    private let standIns: [Part.ID: Part.ID]
    let preparation: Preparation
    let residency: Residency

    /// Networks with weights at the moment.
    private(set) var resident: Set<Part.ID> = []
    /// Networks whose names and shapes are those of their files.
    private var compared: Set<Part.ID> = []

    /// A shelf of networks without weights.
    init(
        _ parts: [Part], standIns: [Part.ID: Part.ID] = [:], preparation: Preparation,
        residency: Residency
    ) {
        (self.parts, self.standIns) = (parts, standIns)
        (self.preparation, self.residency) = (preparation, residency)
    }

    /// Loads all weights that may stay in memory before the first step, after all networks were compared with their
    /// files, so that a wrong file is found now.
    ///
    /// - Parameter unused: networks that are omitted.
    func open(without unused: Set<Part.ID> = []) throws {
        try compareWithFiles(without: unused)
        if residency == .kept { try use(all.subtracting(unused)) }
    }

    /// Compares the networks with the headers of their files, each once; no weights are read.
    ///
    /// - Throws: `CheckpointError` where a configuration asks for more layers or other tensors than the file has.
    func compareWithFiles(without unused: Set<Part.ID> = []) throws {
        let wanted = existing(all.subtracting(unused)).subtracting(compared)
        for part in ordered(wanted) {
            try part.load(LoadingMode(onlyChecks: true))
            compared.insert(part.id)
        }
    }

    /// Brings the weights of networks into memory; others leave it as the residency says.
    func use(_ networks: Set<Part.ID>) throws {
        let wanted = existing(networks)
        let done = ordered(resident.subtracting(wanted))
            .filter { !residency.keeps($0, beside: wanted) }
        for part in done { part.network.release() }
        resident.subtract(done.map(\.id))
        // The memory that earlier work has freed lies in pieces, into which other networks' tensors seldom fit.
        if residency != .kept { Runtime.trimMemory() }
        // In the order of the table, so that memory is used in the same way each time.
        for part in ordered(wanted) {
            guard resident.insert(part.id).inserted else { continue }
            do {
                try part.fill(for: preparation)
            } catch {
                resident.remove(part.id)
                part.network.release()
                throw error
            }
        }
    }

    /// All networks that the model has.
    var all: Set<Part.ID> { Set(parts.map(\.id)) }

    /// Networks that the model has, with those that stand in for the others.
    func existing(_ networks: Set<Part.ID>) -> Set<Part.ID> {
        Set(networks.map { standIns[$0] ?? $0 }).intersection(all)
    }

    /// These networks in the order in which they first work.
    func ordered(_ networks: Set<Part.ID>) -> [Part] {
        parts.filter { networks.contains($0.id) }
    }
}
