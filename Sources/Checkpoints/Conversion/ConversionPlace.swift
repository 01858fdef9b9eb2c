import Foundation
import Foundations

/// The folder that a converted checkpoint goes into, and what is there already.
struct ConversionPlace {
    /// The folder, without a slash at the end.
    let path: String
    /// The name of the checkpoint as one file.
    let fileName: String

    init(folder: URL, fileName: String) {
        path = folder.path(percentEncoded: false).withoutTrailingSlashes
        self.fileName = fileName
    }

    func path(_ name: String) -> String { path + "/" + name }

    /// Checks that a checkpoint may be put here.
    ///
    /// - Parameters:
    ///   - names: its files.
    ///   - overwrites: whether an older checkpoint of the same name may be replaced.
    ///   - input: the checkpoint that is converted.
    /// - Returns: files of the older one that the new files do not replace.
    /// - Throws: `CheckpointError.outputExists` or `.unwritable`.
    func requireVacant(
        for names: [String], overwrites: Bool, input: URL
    ) throws(CheckpointError) -> [String] {
        let present = try content()
        let older = present.filter(isOurs)
        if let first = older.first {
            guard overwrites else { throw .outputExists(file: path(first)) }
            for name in older where !isRegularFile(path(name)) {
                throw .unwritable(
                    file: path(name), reason: "something else than a file is there")
            }
        }
        // Replacing the set would take its other shards away, which are not in the output.
        let inputFolder = input.deletingLastPathComponent().resolvingSymlinksInPath()
        let folder = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        if isShard(input.lastPathComponent), inputFolder.path == folder.path {
            throw .unwritable(
                file: path,
                reason: "\(input.lastPathComponent.quoted) is a part of the checkpoint there; "
                    + "convert the folder as a whole, or into another one")
        }
        let others = CheckpointContents.usualFileNames.filter { $0 != fileName }
        if let other = present.first(where: {
            others.contains($0)
                || others.contains(String($0.dropLast(".index.json".count)))
                    && $0.hasSuffix(".index.json")
        }) {
            throw .unwritable(
                file: path(fileName),
                reason: "\(other.quoted) is in the same folder, and one folder can hold only one "
                    + "checkpoint")
        }
        return older.filter { !names.contains($0) }
    }

    /// Refuses what the disk has no room for.
    ///
    /// - Throws: `CheckpointError.diskFull` or `.unwritable`.
    func requireSpace(for byteCount: Int) throws(CheckpointError) {
        var folder = URL(fileURLWithPath: path)
        while folder.pathComponents.count > 1,
            !FileManager.default.fileExists(atPath: folder.path)
        {
            folder.deleteLastPathComponent()
        }
        try CheckpointError.whenWriting { [folder] () throws(FileWriteError) in
            try AtomicFile.requireSpace(
                for: byteCount, in: folder.path(percentEncoded: false), file: path(fileName))
        }
    }

    /// Names in the folder, sorted; none if it is not there yet.
    private func content() throws(CheckpointError) -> [String] {
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path).sorted()
        } catch {
            throw .unwritable(file: path, reason: "it is no folder whose contents can be listed")
        }
    }

    private func isRegularFile(_ path: String) -> Bool {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return attributes?[.type] as? FileAttributeType == .typeRegular
    }

    /// Whether a file belongs to a checkpoint of our name.
    private func isOurs(_ name: String) -> Bool {
        name == fileName || name == fileName + ".index.json" || isShard(name)
    }

    /// Whether the name is of the form `model-00001-of-00002.safetensors`.
    private func isShard(_ name: String) -> Bool {
        let stem = fileName.dropLast(".safetensors".count) + "-"
        guard name.hasPrefix(stem), name.hasSuffix(".safetensors") else { return false }
        let parts = name.dropFirst(stem.count).dropLast(".safetensors".count)
            .split(separator: "-", omittingEmptySubsequences: false)
        return parts.count == 3 && parts[1] == "of"
            && [parts[0], parts[2]].allSatisfy { part in
                part.utf8.count >= 5 && part.utf8.allSatisfy { (0x30...0x39).contains($0) }
            }
    }
}
