import Foundation
import Foundations

/// Files that are written out of sight and appear in their folder together.
///
/// They grow in a hidden folder inside of the target folder. Without `commit`, that goes with the object, and so do the
/// folders that were made for it; the next conversion removes what a killed process left.
final class StagedFiles {
    private let folder: String
    private let staging: TemporaryItem
    /// Folders that were missing, outermost first.
    private var made: [String] = []

    /// Makes the folders.
    ///
    /// - Throws: `CheckpointError.diskFull` or `.unwritable`.
    init(in folder: String) throws(CheckpointError) {
        self.folder = folder
        var missing: [String] = []
        var url = URL(fileURLWithPath: folder)
        while url.pathComponents.count > 1, !FileManager.default.fileExists(atPath: url.path) {
            missing.append(url.path)
            url.deleteLastPathComponent()
        }
        do throws(FileWriteError) {
            for path in missing.reversed() {
                guard mkdir(path, 0o777) == 0 else { throw FileWriteError(path, code: errno) }
                made.append(path)
            }
            staging = try TemporaryItem(in: folder, kind: .folder)
        } catch {
            for path in made.reversed() { rmdir(path) }
            throw CheckpointError(error)
        }
    }

    deinit {
        // What has been committed is no longer inside, and a folder with files in it stays.
        try? FileManager.default.removeItem(atPath: staging.path)
        for path in made.reversed() { rmdir(path) }
    }

    /// Where a file is written.
    func path(_ name: String) -> String { staging.path + "/" + name }

    /// Gives all files their places, in the order given.
    ///
    /// - Parameters:
    ///   - names: the files; if there are several, the index of the others comes last, so that they are no checkpoint
    ///     before all of them are there.
    ///   - obsolete: files of an older checkpoint that the new one does not replace.
    /// - Throws: `CheckpointError.diskFull` or `.unwritable`.
    func commit(_ names: [String], replacing obsolete: [String]) throws(CheckpointError) {
        // An old index over some new shards would be worse than none.
        if names.count > 1, let index = names.last { unlink(folder + "/" + index) }
        for name in names {
            let target = folder + "/" + name
            guard rename(path(name), target) == 0 else {
                throw CheckpointError(FileWriteError(target, code: errno))
            }
        }
        for name in obsolete {
            let target = folder + "/" + name
            guard unlink(target) == 0 || errno == ENOENT else {
                throw CheckpointError(FileWriteError(target, code: errno))
            }
        }
        AtomicFile.synchronize(folder: folder)
    }
}
