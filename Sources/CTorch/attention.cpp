// Attention by LibTorch, in a type that its kernels are fast in.
#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

#include "internal.h"

extern "C" {

STStatus st_attention(STTensor query, STTensor key, STTensor value, bool is_causal, STTensor *result) {
    return st::guarded([&] {
        auto q = st::borrow(query), k = st::borrow(key), v = st::borrow(value);
        auto attend = [&] { return at::scaled_dot_product_attention(q, k, v, {}, 0, is_causal); };
        bool is_cast = q.device().is_cpu() && at::autocast::is_autocast_enabled(at::kCPU);
        if (!is_cast || !at::GradMode::is_enabled()) {
            *result = st::give(attend());
            return;
        }
        // The gradient in bfloat16 calls a product for each block of each head, which took a quarter of a training step of the
        // embedded model on a processor without AMX.
        c10::impl::ExcludeDispatchKeyGuard uncast(c10::DispatchKey::AutocastCPU);
        q = q.to(at::kFloat), k = k.to(at::kFloat), v = v.to(at::kFloat);
        *result = st::give(attend());
    });
}

}  // extern "C"
