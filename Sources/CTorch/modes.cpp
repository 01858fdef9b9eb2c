// Autograd, per-thread modes and settings of the process.
#include "internal.h"

#include <ATen/Parallel.h>
#include <ATen/autocast_mode.h>
#include <ATen/ops/empty_like.h>
#include <c10/core/GradMode.h>
#include <c10/core/InferenceMode.h>

#include <dlfcn.h>
#include <stdlib.h>
#if defined(__GLIBC__)
#include <malloc.h>
#endif
#if defined(__x86_64__)
#include <cpuid.h>
#endif

#if __has_include(<torch/headeronly/version.h>)
#include <torch/headeronly/version.h>
#else
#include <torch/version.h>
#endif

#include <ATen/detail/CUDAHooksInterface.h>

using st::borrow;
using st::guarded;

namespace {

/// Automatic casting for as long as it lives; what was set before comes back.
struct AutocastGuard {
    c10::DeviceType device;
    bool enabled;
    at::ScalarType type;

    AutocastGuard(c10::DeviceType device, at::ScalarType wanted)
        : device(device),
          enabled(at::autocast::is_autocast_enabled(device)),
          type(at::autocast::get_autocast_dtype(device)) {
        at::autocast::set_autocast_enabled(device, true);
        at::autocast::set_autocast_dtype(device, wanted);
        at::autocast::increment_nesting();
    }

    ~AutocastGuard() {
        if (at::autocast::decrement_nesting() == 0) at::autocast::clear_cache();
        at::autocast::set_autocast_enabled(device, enabled);
        at::autocast::set_autocast_dtype(device, type);
    }
};

}  // namespace

void *st::cudaLibrary() {
    static void *library = dlopen("libtorch_cuda.so", RTLD_NOW | RTLD_GLOBAL);
    return library;
}

extern "C" {

STStatus st_set_requires_grad(STTensor tensor, bool value) {
    return guarded([&] { borrow(tensor).set_requires_grad(value); });
}

STStatus st_grad(STTensor tensor, STTensor *result) {
    return guarded([&] {
        auto gradient = borrow(tensor).grad();
        *result = gradient.defined() ? st::give(std::move(gradient)) : nullptr;
    });
}

STStatus st_set_grad(STTensor tensor, STTensor gradient) {
    return guarded([&] {
        auto target = borrow(tensor);
        if (!gradient) {
            target.mutable_grad() = at::Tensor();
            return;
        }
        auto values = borrow(gradient);
        TORCH_CHECK(
            target.sizes() == values.sizes() && target.scalar_type() == values.scalar_type() &&
                target.device() == values.device(),
            "a gradient of shape ", values.sizes(), ", ", values.scalar_type(), ", ", values.device(),
            " does not fit a tensor of shape ", target.sizes(), ", ", target.scalar_type(), ", ", target.device());
        // Fused optimizers read both memories in the same order.
        if (target.strides() != values.strides()) values = at::empty_like(target.detach()).copy_(values);
        target.mutable_grad() = std::move(values);
    });
}

STStatus st_backward(STTensor loss) {
    return guarded([&] { borrow(loss).backward(); });
}

STStatus st_assign(STTensor tensor, STTensor source) {
    return guarded([&] {
        c10::AutoGradMode off(false);
        auto target = borrow(tensor);
        auto values = borrow(source);
        TORCH_CHECK(
            target.sizes() == values.sizes(), "cannot assign a tensor of shape ", values.sizes(), " to one of ",
            target.sizes());
        target.copy_(values);
    });
}

void *st_grad_mode_enter(bool enabled) { return new c10::AutoGradMode(enabled); }
void st_grad_mode_leave(void *guard) { delete static_cast<c10::AutoGradMode *>(guard); }
void *st_inference_mode_enter(void) { return new c10::InferenceMode(true); }
void st_inference_mode_leave(void *guard) { delete static_cast<c10::InferenceMode *>(guard); }

void *st_autocast_enter(int32_t device_type, int32_t scalar_type) {
    return new AutocastGuard(
        device_type == 1 ? c10::DeviceType::CUDA : c10::DeviceType::CPU, static_cast<at::ScalarType>(scalar_type));
}
void st_autocast_leave(void *guard) { delete static_cast<AutocastGuard *>(guard); }

const char *st_version(void) { return TORCH_VERSION; }
int32_t st_thread_count(void) { return at::get_num_threads(); }
void st_set_thread_count(int32_t count) { at::set_num_threads(count); }

void st_tune_allocator(void) {
    st::useBlockAllocator();
#if defined(__GLIBC__)
    mallopt(M_MMAP_MAX, 0);
    mallopt(M_TRIM_THRESHOLD, -1);
    mallopt(M_TOP_PAD, 64 << 20);
    mallopt(M_MXFAST, 0);  // else each large block that is freed has all small ones put together first
    mallopt(M_ARENA_MAX, 1);  // the arenas of other threads map whatever exceeds 64 MiB, in spite of the above
#endif
}

void st_trim_memory(void) {
    st::trimBlocks();
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}

int32_t st_cuda_device_count(void) {
    if (!st::cudaLibrary()) return 0;
    int32_t count = 0;
    guarded([&] { count = at::detail::getCUDAHooks().deviceCount(); });
    return count;
}

bool st_cpu_has_bfloat16(void) {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}

bool st_cpu_has_matrix_bfloat16(void) {
#if defined(__x86_64__)
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & (1u << 27))) return false;  // the system keeps no such registers
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(d & (1u << 22))) return false;
    unsigned low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (low & (3u << 17)) == (3u << 17);  // its state of tiles and their settings
#else
    return false;
#endif
}

bool st_cpu_has_float16(void) {
#if defined(__x86_64__) && ((defined(__clang__) && __clang_major__ >= 14) || (!defined(__clang__) && __GNUC__ >= 12))
    return __builtin_cpu_supports("avx512fp16");
#else
    return false;
#endif
}

}  // extern "C"
