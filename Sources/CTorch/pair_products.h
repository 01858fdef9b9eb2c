// The three products of a linear layer and its gradients in pairs of bfloat16, summed up in float32; for linear.cpp only.
#pragma once

#include <ATen/core/Tensor.h>

namespace st {

/// A matrix `[outputs, inputs]` of float32 as packed weights for `multiply_rows`; transposed, it is `[inputs, outputs]`.
///
/// Both sizes are multiples of 32. Made anew for each step, where `pack_weights` packs once, by way of double precision.
at::Tensor pairs_of(const at::Tensor &matrix, bool is_transposed);

/// `x Wᵀ + b` of rows of float32.
void multiply_pairs(
    const at::Tensor &rows, const at::Tensor &weights, const at::Tensor &bias_or_none, const at::Tensor &result);

/// Writes `aᵀ b` of rows `a` and `b` of float32, or adds it to `sums`.
void multiply_transposed(const at::Tensor &a, const at::Tensor &b, const at::Tensor &sums, bool adds);

}  // namespace st
