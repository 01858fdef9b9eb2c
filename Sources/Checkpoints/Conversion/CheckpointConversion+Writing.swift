public import Foundation
import Foundations

extension CheckpointConversion {
    /// Converts, and puts the result in its place when all of it is there.
    ///
    /// - Parameters:
    ///   - folder: where the files go; made if it is missing.
    ///   - overwrites: whether a checkpoint of the same name in `folder` is replaced.
    ///   - progress: called after every block with the bytes of the input that are done.
    /// - Throws: `CheckpointError`: `.outputExists`, `.diskFull`, `.unwritable`, and `.overflow` if a finite number
    ///   would become infinite; `TensorError`; `CancellationError` if the task is cancelled. The folder is then as it
    ///   was before, unless the system refuses to put the finished files in their places.
    public func write(
        to folder: URL, overwrites: Bool = false, progress: (_ bytesDone: Int) -> Void = { _ in }
    ) throws -> ConversionReport {
        let place = ConversionPlace(folder: folder, fileName: fileName)
        let obsolete = try place.requireVacant(
            for: fileNames, overwrites: overwrites, input: archive.url)
        let index = isSharded ? try indexBytes() : []
        try place.requireSpace(for: requiredByteCount(place) + index.count)
        let staging = try StagedFiles(in: place.path)
        var report = ConversionReport(self, folder: folder)
        var done = 0
        for file in files {
            let writer = try SafetensorsWriter(
                url: URL(fileURLWithPath: staging.path(file.name)),
                tensors: file.items.map(\.target), metadata: Self.metadata)
            for item in file.items {
                let isFinite = try write(item, with: writer) { byteCount in
                    done += byteCount
                    progress(done)
                }
                if !isFinite { report.nonFinite.append(item.target.name) }
                try archive.releaseMemory(of: item.source.name)
            }
            try writer.finish()
        }
        if isSharded {
            try CheckpointError.whenWriting { () throws(FileWriteError) in
                try AtomicFile.save(
                    Data(index), to: URL(fileURLWithPath: staging.path(indexName)))
            }
        }
        try staging.commit(fileNames, replacing: obsolete)
        report.nonFinite.sort()
        return report
    }

    /// What transformers wants to find in a file with tensors for PyTorch.
    private static let metadata = ["format": "pt"]

    /// Writes one tensor block by block.
    ///
    /// - Returns: whether all its numbers are finite.
    private func write(
        _ item: Item, with writer: SafetensorsWriter, progress: (Int) -> Void
    ) throws -> Bool {
        let numbers = NumberConversion(from: item.source.type, to: item.target.type)
        var isFinite = true
        try writer.write(item.target.name) { append in
            try archive.withBytes(of: item.source.name) { bytes in
                var first = 0
                for block in numbers.blocks(of: bytes) {
                    try Task.checkCancellation()
                    let outcome = try numbers.convert(block) { converted in
                        try append(converted)
                    }
                    if case .overflow(let index) = outcome {
                        throw CheckpointError.overflow(
                            file: archive.url.path(percentEncoded: false), name: item.source.name,
                            index: first + index, type: item.target.type)
                    }
                    if outcome == .nonFinite { isFinite = false }
                    first += block.count / item.source.type.byteCount
                    progress(block.count)
                }
            }
        }
        return isFinite
    }

    /// Bytes of all safetensors files with their headers.
    private func requiredByteCount(_ place: ConversionPlace) throws(CheckpointError) -> Int {
        var sum = 0
        for file in files {
            let (header, dataLength) = try safetensorsHeader(
                of: file.items.map(\.target), metadata: Self.metadata, path: place.path(file.name))
            sum += header.count + dataLength
        }
        return sum
    }

    /// The index of the shards, as transformers and diffusers write it.
    private func indexBytes() throws -> [UInt8] {
        var map: [String: String] = [:]
        for file in files {
            for item in file.items { map[item.target.name] = file.name }
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let index = ShardIndex(metadata: .init(totalSize: outputByteCount), weightMap: map)
        return Array(try encoder.encode(index))
    }
}

/// The contents of `….safetensors.index.json`.
private struct ShardIndex: Encodable {
    struct Metadata: Encodable {
        let totalSize: Int

        enum CodingKeys: String, CodingKey { case totalSize = "total_size" }
    }

    let metadata: Metadata
    let weightMap: [String: String]

    enum CodingKeys: String, CodingKey {
        case metadata
        case weightMap = "weight_map"
    }
}
