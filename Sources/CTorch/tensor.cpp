// Handles, data in and out.
#include "internal.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <atomic>
#include <cstring>

namespace {
thread_local std::string last_error;
std::atomic<int64_t> live_handles{0};
}  // namespace

namespace st {

void set_error(std::string message) { last_error = std::move(message); }

STTensor give(at::Tensor tensor) {
    live_handles.fetch_add(1, std::memory_order_relaxed);
    return reinterpret_cast<STTensor>(tensor.unsafeReleaseTensorImpl());
}

}  // namespace st

using st::borrow;
using st::guarded;
using st::implementation;

extern "C" {

const char *st_last_error(void) { return last_error.c_str(); }

void st_retain(STTensor tensor) {
    live_handles.fetch_add(1, std::memory_order_relaxed);
    c10::raw::intrusive_ptr::incref(implementation(tensor));
}

void st_release(STTensor tensor) {
    live_handles.fetch_sub(1, std::memory_order_relaxed);
    c10::raw::intrusive_ptr::decref(implementation(tensor));
}

int64_t st_live_handles(void) { return live_handles.load(std::memory_order_relaxed); }

int64_t st_dimension_count(STTensor tensor) { return implementation(tensor)->dim(); }

void st_sizes(STTensor tensor, int64_t *sizes) {
    auto values = implementation(tensor)->sizes();
    std::copy(values.begin(), values.end(), sizes);
}

int32_t st_scalar_type(STTensor tensor) {
    return static_cast<int32_t>(c10::typeMetaToScalarType(implementation(tensor)->dtype()));
}

int32_t st_device(STTensor tensor, int32_t *index) {
    auto device = implementation(tensor)->device();
    *index = device.has_index() ? device.index() : 0;
    return device.is_cuda() ? 1 : 0;
}

bool st_is_contiguous(STTensor tensor) { return implementation(tensor)->is_contiguous(); }

bool st_requires_grad(STTensor tensor) { return borrow(tensor).requires_grad(); }

bool st_shares_memory(STTensor first, STTensor second) {
    return borrow(first).is_alias_of(borrow(second)) &&
           implementation(first)->storage_offset() == implementation(second)->storage_offset();
}

STStatus st_from_bytes(
    const void *bytes, const int64_t *sizes, int64_t dimensions, int32_t scalar_type, STTensor *result) {
    return guarded([&] {
        auto options = at::TensorOptions().dtype(static_cast<c10::ScalarType>(scalar_type));
        auto tensor = at::empty(at::IntArrayRef(sizes, dimensions), options);
        if (tensor.nbytes() > 0) std::memcpy(tensor.mutable_data_ptr(), bytes, tensor.nbytes());
        *result = st::give(std::move(tensor));
    });
}

STStatus st_copy_bytes(STTensor tensor, void *destination, int64_t byte_count) {
    return guarded([&] {
        auto source = borrow(tensor).detach().to(at::kCPU).contiguous();
        TORCH_CHECK(
            static_cast<int64_t>(source.nbytes()) == byte_count, "the destination has ", byte_count,
            " bytes, the tensor ", source.nbytes());
        if (byte_count > 0) std::memcpy(destination, source.const_data_ptr(), byte_count);
    });
}

}  // extern "C"
