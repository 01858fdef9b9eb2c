// Products of rows with packed weights; for the kernels of this target only.
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

#include "internal.h"
#include "vector.h"

namespace st {

/// Columns of a weight that lie together.
constexpr int64_t panel = 32;

/// Packed weights, or those of them from some column of some point on.
///
/// They are `[points, outputs / 32, inputs, 32]` of float32, bfloat16 or float16; or, in pairs,
/// `[points, outputs / 32, inputs / 2, 32, 2]` of bfloat16.
struct Weights {
    const char *numbers;
    at::ScalarType type;
    bool are_paired;
    int64_t points, outputs, inputs;

    Weights(const char *numbers, at::ScalarType type, bool are_paired, int64_t points, int64_t outputs, int64_t inputs)
        : numbers(numbers), type(type), are_paired(are_paired), points(points), outputs(outputs), inputs(inputs) {}

    /// Throws unless the tensor, which must outlive this, is what `pack_weights` makes.
    explicit Weights(const at::Tensor &packed);

    Weights from(int64_t point, int64_t column) const;

    /// What rows are to be: bfloat16 for pairs, else float32.
    at::ScalarType row_type() const { return are_paired ? at::kBFloat16 : at::kFloat; }

    int64_t nbytes() const { return points * outputs * inputs * static_cast<int64_t>(c10::elementSize(type)); }
};

/// Packs weights, in pairs of bfloat16 if wanted: `fill` writes those of one output, `[inputs, points]`.
at::Tensor pack_weights(
    int64_t points, int64_t outputs, int64_t inputs, at::ScalarType type, bool in_pairs,
    const std::function<void(int64_t output, double *values)> &fill);

/// The numbers of a bias for so many outputs, null where there is none; throws unless they fit.
const float *checked_bias(const at::Tensor &bias_or_none, int64_t outputs);

inline at::Tensor borrow_if_any(STTensor handle) { return handle ? borrow(handle) : at::Tensor(); }

/// An empty tensor `[N, C, H, W]` in which C lies side by side.
at::Tensor empty_channels_last(int64_t n, int64_t c, int64_t h, int64_t w);

/// Rows of the weights' `row_type`, so many numbers apart; along the depth, each number or pair is `step` from the one before.
struct ProductRows {
    const void *numbers;
    int64_t count, stride, step;

    /// Rows whose numbers lie side by side.
    ProductRows(const void *numbers, int64_t count, const Weights &weights)
        : numbers(numbers), count(count), stride(weights.inputs), step(weights.are_paired ? 2 : 1) {}
    ProductRows(const void *numbers, int64_t count, int64_t stride, int64_t step)
        : numbers(numbers), count(count), stride(stride), step(step) {}
};

/// Writes the product of the rows with the weights, or adds it to `output`.
///
/// `columns` is a multiple of 32. Sums are in float32, each in the order of the depth, however rows are shared among calls.
void multiply(
    const ProductRows &rows, const Weights &weights, int64_t columns, float *output, int64_t output_stride, bool adds);

/// What follows a product: a bias, the exact GELU, a factor for each result; null where there is none.
struct Ending {
    const float *bias = nullptr, *factor = nullptr;
    bool has_gelu = false;
};

/// Writes the product of rows of float32, side by side, with the weights, on LibTorch's threads.
void multiply_rows(const float *rows, int64_t count, const Weights &weights, const Ending &ending, float *output);

/// Writes the nearest numbers of bfloat16 of a multiple of 16 numbers.
void make_bfloat16(const float *from, int64_t count, at::BFloat16 *to);

/// Whether the product is made for this processor (AVX-512): on others LibTorch's are faster.
bool has_fast_product();

/// Whether this processor multiplies pairs (AVX-512 BF16), and that faster than float32: AMD's, of which one (Zen 5) was
/// measured, in half of the time. One of Intel's needs twice the time; these have AMX for it.
bool has_fast_pairs();

}  // namespace st
