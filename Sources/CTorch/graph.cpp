// Work of a CUDA device that is recorded once and replayed as a whole.
//
// The class for that is LibTorch's at::cuda::CUDAGraph, which also gives what is recorded memory of its own. Its header
// needs CUDA's, which this program is built without, so its functions are found by name in the CUDA part that is loaded at
// run time. A name holds the types of the arguments: where LibTorch changes them, it is not found, and there are no graphs.
// at::accelerator::Graph would need no names, but LibTorch 2.13 does not have it for CUDA.
#include "internal.h"

#include <c10/core/CachingDeviceAllocator.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include <dlfcn.h>

#include <cstddef>
#include <memory>
#include <unordered_map>
#include <utility>

using st::borrow;
using st::guarded;

namespace {

/// An at::cuda::CUDAGraph; it takes 344 bytes in LibTorch 2.13.
struct Memory {
    alignas(std::max_align_t) std::byte bytes[4096];
};

/// The functions of at::cuda::CUDAGraph. On Linux a member function takes its object as the first argument.
struct Functions {
    void (*construct)(Memory *, bool keeps_graph) = nullptr;
    void (*destroy)(Memory *) = nullptr;
    void (*begin)(Memory *, c10::MempoolId_t, int mode) = nullptr;
    void (*end)(Memory *) = nullptr;
    void (*replay)(Memory *) = nullptr;
    c10::MempoolId_t (*pool)(Memory *) = nullptr;

    Functions() {
        find(construct, "_ZN2at4cuda9CUDAGraphC1Eb");
        find(destroy, "_ZN2at4cuda9CUDAGraphD1Ev");
        find(begin, "_ZN2at4cuda9CUDAGraph13capture_beginESt4pairIyyE21cudaStreamCaptureMode");
        find(end, "_ZN2at4cuda9CUDAGraph11capture_endEv");
        find(replay, "_ZN2at4cuda9CUDAGraph6replayEv");
        find(pool, "_ZN2at4cuda9CUDAGraph4poolEv");
    }

    bool are_complete() const { return construct && destroy && begin && end && replay && pool; }

  private:
    template <typename Function>
    static void find(Function &function, const char *name) {
        if (st::cudaLibrary()) function = reinterpret_cast<Function>(dlsym(st::cudaLibrary(), name));
    }
};

const Functions &functions() {
    static const Functions found;
    return found;
}

/// cudaStreamCaptureModeThreadLocal: what other threads do with the device does not disturb the recording.
constexpr int thread_local_mode = 1;

/// The stream that this thread records on. Always the same one, as LibTorch keeps a workspace of cuBLAS for each stream that
/// ever multiplied.
c10::Stream recording_stream(c10::Device device) {
    thread_local std::unordered_map<c10::DeviceIndex, c10::Stream> streams;
    auto found = streams.find(device.index());
    if (found == streams.end()) {
        auto stream = c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device);
        found = streams.emplace(device.index(), stream).first;
    }
    return found->second;
}

}  // namespace

struct STGraphImpl {
    at::Tensor output;

    explicit STGraphImpl(c10::Device device) : device(device), guard(device.type()) {
        guard.synchronizeStream(guard.getStream(device));
        stream = std::make_unique<c10::StreamGuard>(recording_stream(device));
        functions().construct(memory.get(), false);
    }

    void begin() { functions().begin(memory.get(), {0, 0}, thread_local_mode); }

    void end() {
        auto recording = std::move(stream);  // the usual stream comes back, whatever happens
        functions().end(memory.get());
        is_recorded = true;
    }

    void replay() { functions().replay(memory.get()); }

    ~STGraphImpl() {
        // Nobody waits for these errors: the work's own has been reported, or the next operation of the device says it.
        if (stream) guarded([&] { end(); });
        // LibTorch's allocator may go on asking a graph whose recording failed, or that could not be freed: its memory stays.
        if (!is_recorded || guarded([&] { free(); }) != ST_OK) static_cast<void>(memory.release());
    }

  private:
    c10::Device device;
    c10::impl::VirtualGuardImpl guard;
    std::unique_ptr<Memory> memory = std::make_unique<Memory>();
    /// While it records.
    std::unique_ptr<c10::StreamGuard> stream;
    bool is_recorded = false;

    void free() {
        output.reset();
        guard.synchronizeDevice(device.index());  // the last replay may not be over
        auto pool = functions().pool(memory.get());
        functions().destroy(memory.get());
        // Else the pool's memory would stay with the process until the device has none left.
        c10::getDeviceAllocator(device.type())->emptyCache(pool);
    }
};

extern "C" {

bool st_graph_available(int32_t device_type) { return device_type == 1 && functions().are_complete(); }

STStatus st_graph_begin(int32_t device_type, int32_t device_index, STGraph *result) {
    return guarded([&] {
        TORCH_CHECK(st_graph_available(device_type), "LibTorch cannot record the work of this device");
        c10::Device device(c10::DeviceType::CUDA, static_cast<c10::DeviceIndex>(device_index));
        auto graph = std::make_unique<STGraphImpl>(device);
        graph->begin();
        *result = graph.release();
    });
}

STStatus st_graph_end(STGraph graph, STTensor output) {
    return guarded([&] {
        graph->end();
        graph->output = borrow(output);
    });
}

STStatus st_graph_replay(STGraph graph, STTensor *output) {
    return guarded([&] {
        TORCH_CHECK(graph->output.defined(), "nothing has been recorded");
        graph->replay();
        *output = st::give(graph->output);
    });
}

void st_graph_free(STGraph graph) { delete graph; }

}  // extern "C"
