// The innermost loops of products, for each kind of processor; for product.cpp only.
#pragma once

#include <ATen/core/Tensor.h>

namespace st {

/// Writes the products of some rows and one panel of weights, or adds them to what is there; strides count numbers, those
/// along the depth from one pair to the next, if there are pairs.
using ProductTile = void (*)(
    const void *rows, int64_t row_stride, int64_t depth_stride, int64_t depth, const void *weights, float *output,
    int64_t output_stride, bool adds);

/// How tiles of 1 ... `height` rows are computed.
struct ProductTiles {
    static constexpr int64_t most_rows = 14;
    int64_t height;
    ProductTile of_rows[most_rows + 1];
};

/// Of float32.
const ProductTiles &float_tiles();

/// Of rows of bfloat16 and weights in pairs, with a depth that counts pairs; for processors with AVX-512 BF16 only.
///
/// They take numbers below 2⁻¹²⁶ for zero.
const ProductTiles &pair_tiles();

/// Makes float32 of a multiple of 16 weights of two bytes.
void widen(const void *from, at::ScalarType type, int64_t count, float *to);

}  // namespace st
