// Products of rows with packed weights; for the kernels of this target only.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "internal.h"
#include "vector.h"

namespace st {

/// Columns of a weight that lie together: packed weights are `[columns / 32, depth, 32]`.
constexpr int64_t panel = 32;

/// Packs weights of float32, bfloat16 or float16 as `[points, outputs / 32, inputs, 32]`: `fill` writes those of one output,
/// `[inputs, points]`.
at::Tensor pack_weights(
    int64_t points, int64_t outputs, int64_t inputs, at::ScalarType type,
    const std::function<void(int64_t output, double *values)> &fill);

/// Throws unless the tensor is what `pack_weights` makes.
void check_packed(const at::Tensor &packed);

/// The numbers of a bias for so many outputs, null where there is none; throws unless they fit.
const float *checked_bias(const at::Tensor &bias_or_none, int64_t outputs);

inline at::Tensor borrow_if_any(STTensor handle) { return handle ? borrow(handle) : at::Tensor(); }

/// An empty tensor `[N, C, H, W]` in which C lies side by side.
at::Tensor empty_channels_last(int64_t n, int64_t c, int64_t h, int64_t w);

/// Writes the product of `rows` rows with packed weights of float32, bfloat16 or float16, or adds it to `output`.
///
/// `columns` is a multiple of 32. All is computed in float32, and each element is a sum in the order of the depth, however
/// rows are shared among calls.
void multiply(
    const float *a, int64_t a_stride, int64_t rows, int64_t depth, const void *weights, at::ScalarType type,
    int64_t columns, float *output, int64_t output_stride, bool adds);

/// Whether the product is made for this processor: on others LibTorch's are faster.
bool has_fast_product();

}  // namespace st
