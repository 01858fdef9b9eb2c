// Shared by the files of this target only.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>
#include <c10/util/Exception.h>

#include <new>
#include <string>

#include "CTorch.h"

namespace st {

void set_error(std::string message);
STTensor give(at::Tensor tensor);

/// Gives large tensors blocks of memory of their own; see block_allocator.cpp.
void useBlockAllocator();
/// Gives blocks without a tensor back to the system.
void trimBlocks();

/// The CUDA part of LibTorch, or null where it cannot be loaded; a program that needs no GPU does without it.
void *cudaLibrary();

inline c10::TensorImpl *implementation(STTensor handle) {
    return reinterpret_cast<c10::TensorImpl *>(handle);
}

/// A tensor that shares ownership with the handle.
inline at::Tensor borrow(STTensor handle) {
    return at::Tensor(c10::intrusive_ptr<c10::TensorImpl>::reclaim_copy(implementation(handle)));
}

/// Whether the kernels of our own may take these numbers.
inline bool is_plain(const at::Tensor &tensor) {
    return tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat;
}

/// Whether what is made of these tensors is recorded for gradients.
template <typename... Tensors>
bool is_recorded(const Tensors &...tensors) {
    return at::GradMode::is_enabled() && (... || tensors.requires_grad());
}

/// Whether both have the same shape and lie in memory in the same order; the stride of an axis of length one means nothing.
inline bool lie_alike(const at::Tensor &first, const at::Tensor &second) {
    if (first.sizes() != second.sizes()) return false;
    for (int64_t axis = 0; axis < first.dim(); ++axis) {
        if (first.size(axis) != 1 && first.stride(axis) != second.stride(axis)) return false;
    }
    return true;
}

/// Runs `body` and turns every C++ exception into a status and a message.
template <typename Body>
STStatus guarded(Body body) {
    try {
        body();
        return ST_OK;
    } catch (const c10::OutOfMemoryError &error) {
        set_error(error.what_without_backtrace());
        return ST_OUT_OF_MEMORY;
    } catch (const c10::Error &error) {
        std::string message = error.what_without_backtrace();
        // The CPU allocator reports exhaustion as a plain error.
        bool exhausted = message.find("not enough memory") != std::string::npos ||
                         message.find("can't allocate memory") != std::string::npos;
        set_error(std::move(message));
        return exhausted ? ST_OUT_OF_MEMORY : ST_ERROR;
    } catch (const std::bad_alloc &) {
        set_error("the system has no memory left");
        return ST_OUT_OF_MEMORY;
    } catch (const std::exception &error) {
        set_error(error.what());
        return ST_ERROR;
    } catch (...) {
        set_error("unknown C++ exception");
        return ST_ERROR;
    }
}

}  // namespace st
