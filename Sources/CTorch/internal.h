// Shared by the files of this target only.
#pragma once

#include <ATen/core/Tensor.h>
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
