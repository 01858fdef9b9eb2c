import CTorch
import Foundation
import Foundations

/// LibTorch as this process uses it.
public enum Runtime {
    /// LibTorch's version.
    public static var version: String { String(cString: st_version()) }

    /// Threads that one operation is spread over.
    public static var threadCount: Int { Int(st_thread_count()) }

    /// Whether the processor multiplies bfloat16 natively.
    public static var hasNativeBFloat16: Bool { st_cpu_has_bfloat16() }

    /// Whether the processor computes products of bfloat16 faster than such of float32.
    public static var hasFastBFloat16: Bool { hasMatrixBFloat16 || hasFastPairs }

    /// Whether the processor has units for matrices of bfloat16: AMX.
    public static var hasMatrixBFloat16: Bool { st_cpu_has_matrix_bfloat16() }

    /// Whether the processor computes in float16 natively.
    public static var hasNativeFloat16: Bool { st_cpu_has_float16() }

    /// Whether products and convolutions of this program's own are made for the processor: with AVX-512.
    public static var hasFastProducts: Bool { st_has_fast_product() }

    /// Whether the processor multiplies bfloat16 in pairs, and that faster than float32: AMD's with AVX-512 BF16.
    ///
    /// On Zen 5 it takes half of the time; others of them were not measured. An Intel processor without AMX took twice the time.
    public static var hasFastPairs: Bool { st_has_fast_pairs() }

    /// Tensors that are alive, for leak tests.
    public static var liveTensors: Int { Int(st_live_handles()) }

    /// Sets the process up; call once, before the first tensor.
    ///
    /// Freed memory stays in the process, since mapping and unmapping every large temporary costs more than computing
    /// it: of large tensors 64 MiB more, at most, than they needed at the same time.
    ///
    /// - Parameter threads: threads per operation; `nil` for one per processor that this process may use, unless
    ///   OpenMP's variables say otherwise.
    public static func start(threads: Int? = nil) {
        st_tune_allocator()
        if let threads = threads ?? defaultThreadCount { st_set_thread_count(Int32(threads)) }
    }

    /// Threads where the user asked for none; `nil` where OpenMP's variables ask for some.
    private static var defaultThreadCount: Int? {
        let environment = ProcessInfo.processInfo.environment
        let variables = ["OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "MKL_NUM_THREADS"]
        return variables.contains { environment[$0] != nil } ? nil : Processors.available
    }

    /// Gives the memory of freed tensors back to the system; for the moments when much of it was freed.
    public static func trimMemory() { st_trim_memory() }

    /// Throws unless `device` exists here.
    public static func require(_ device: Device) throws(TensorError) {
        guard case .cuda(let index) = device else { return }
        let count = Int(st_cuda_device_count())
        guard index >= 0, index < count else {
            throw .deviceUnavailable(device, available: count)
        }
    }
}
