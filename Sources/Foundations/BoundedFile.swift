package import Foundation

/// Files from outside, read with a limit of their size.
///
/// Only regular files are read: a named pipe, a device or a folder is refused, so reading never blocks.
package enum BoundedFile {
    /// Why a file cannot be read, as a clause whose subject is the file.
    package enum Failure: Error, Hashable, CustomStringConvertible {
        /// There is no file.
        case missing
        /// It is a folder, a named pipe or a device.
        case notRegular
        /// It is larger than the limit, in bytes.
        case tooLarge(limit: Int)
        /// A line is longer than the limit, in bytes; lines count from 1.
        case longLine(number: Int, limit: Int)
        /// The system refused to open or read it.
        case system(String)

        package var description: String {
            switch self {
            case .missing: "it does not exist"
            case .notRegular: "it is not a regular file"
            case .tooLarge(let limit): "it has more than \(limit) bytes"
            case .longLine(let number, let limit): "line \(number) has more than \(limit) bytes"
            case .system(let reason): "it cannot be read: \(reason)"
            }
        }
    }

    /// Reads a whole file.
    ///
    /// - Parameter limit: the largest accepted size, in bytes.
    package static func contents(of file: URL, limit: Int) throws(Failure) -> Data {
        let blocks = try Blocks(file, limit: limit)
        var data = Data()
        while let block = try blocks.next() { data.append(contentsOf: block) }
        return data
    }

    /// Reads a file line by line; memory holds one line.
    ///
    /// - Parameters:
    ///   - limit: the largest accepted size, in bytes.
    ///   - lineLimit: the longest accepted line, in bytes.
    ///   - body: gets each line that is not empty, without its end, and its number from 1.
    /// - Throws: `Failure`, and what `body` throws.
    package static func forEachLine(
        of file: URL, limit: Int, lineLimit: Int, _ body: (Data, Int) throws -> Void
    ) throws {
        let blocks = try Blocks(file, limit: limit)
        var (line, number) = (Data(), 1)
        func append(_ part: UnsafeRawBufferPointer) throws(Failure) {
            guard part.count <= lineLimit - line.count else {
                throw .longLine(number: number, limit: lineLimit)
            }
            line.append(contentsOf: part)
        }
        func finish() throws {
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            if !line.isEmpty { try body(line, number) }
            line.removeAll(keepingCapacity: true)
        }
        while let block = try blocks.next() {
            var start = 0
            while let end = lineEnd(in: block, from: start) {
                if start < end { try append(UnsafeRawBufferPointer(rebasing: block[start..<end])) }
                if !line.isEmpty { try finish() }
                number += 1
                start = end + 1
            }
            if start < block.count {
                try append(UnsafeRawBufferPointer(rebasing: block[start...]))
            }
        }
        try finish()
    }

    /// The place of the next line feed; `memchr` is as fast in debug builds.
    private static func lineEnd(in block: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard start < block.count, let base = block.baseAddress,
            let found = memchr(base + start, 0x0A, block.count - start)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }

    /// The contents of a regular file, block by block.
    private final class Blocks {
        private let descriptor: Int32
        private let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: 1 << 16, alignment: 16)
        private let limit: Int
        private var size = 0

        init(_ file: URL, limit: Int) throws(Failure) {
            self.limit = limit
            // Non-blocking, because opening a named pipe would wait for a writer.
            descriptor = open(file.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
            guard descriptor >= 0 else {
                throw errno == ENOENT || errno == ENOTDIR ? .missing : Self.systemFailure()
            }
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw Self.systemFailure() }
            guard status.st_mode & S_IFMT == S_IFREG else { throw .notRegular }
        }

        deinit {
            if descriptor >= 0 { close(descriptor) }
            buffer.deallocate()
        }

        /// The next bytes, valid until the next call; `nil` at the end.
        func next() throws(Failure) -> UnsafeRawBufferPointer? {
            while true {
                let count = read(descriptor, buffer.baseAddress, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw Self.systemFailure() }
                // The size can change while a file is read, so what arrives counts.
                guard count <= limit - size else { throw .tooLarge(limit: limit) }
                size += count
                return count == 0 ? nil : UnsafeRawBufferPointer(rebasing: buffer[..<count])
            }
        }

        private static func systemFailure() -> Failure {
            .system(String(cString: strerror(errno)))
        }
    }
}
