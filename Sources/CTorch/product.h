// Products of rows with packed weights; for the kernels of this target only.
#pragma once

#include <ATen/core/Tensor.h>

#include "vector.h"

namespace st {

/// Columns of a weight that lie together: packed weights are `[columns / 32, depth, 32]`.
constexpr int64_t panel = 32;

/// Where the weight of a row (of the depth) and a column lies.
inline int64_t packed_index(int64_t depth, int64_t row, int64_t column) {
    return (column / panel * depth + row) * panel + column % panel;
}

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
