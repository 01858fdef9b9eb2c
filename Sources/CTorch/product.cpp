// A product of rows with packed weights, summed up in float32.
//
// On processors with AVX-512 it keeps the sums of 14 rows and 32 columns in registers. Rows of float32 are multiplied with
// weights of two bytes, too: these become float32 on their way into the cache, so that they take half of the memory and
// hardly more time. Where a processor is fast at it, both are bfloat16, and products are summed up in pairs.
#include "product.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_strided.h>

#include <algorithm>
#include <vector>

#include "product_tiles.h"

namespace st {
namespace {

/// Numbers of the rows that stay in the cache of one core while all columns pass.
constexpr int64_t cached_numbers = 1 << 18;
/// Numbers of a row that are multiplied in one go; longer rows would leave the cache.
constexpr int64_t most_depth = 1536;

ST_FOR_EACH_PROCESSOR
void make_each_bfloat16(const float *from, int64_t count, at::BFloat16 *to) {
    for (int64_t index = 0; index < count; index += lanes) {
        Floats numbers;
        load(numbers, from + index);
        store(to + index, numbers);
    }
}

/// A panel of weights as the tiles read it.
const void *ready_panel(const Weights &weights, int64_t first, int64_t count) {
    const char *numbers = weights.numbers + first * static_cast<int64_t>(c10::elementSize(weights.type));
    if (weights.are_paired || weights.type == at::kFloat) return numbers;
    static thread_local std::vector<Floats> buffer;  // whole lines of the cache
    buffer.resize(std::max<size_t>(buffer.size(), (count + lanes - 1) / lanes));
    auto *wide = reinterpret_cast<float *>(buffer.data());
    widen(numbers, weights.type, count, wide);
    return wide;
}

template <typename Weight>
void pack_as(
    int64_t points, int64_t outputs, int64_t inputs, int64_t together,
    const std::function<void(int64_t, double *)> &fill, at::Tensor &packed) {
    auto *to = packed.mutable_data_ptr<Weight>();
    parallel(outputs, [&](int64_t begin, int64_t end) {
        std::vector<double> values(inputs * points);
        for (int64_t output = begin; output < end; ++output) {
            fill(output, values.data());
            for (int64_t point = 0; point < points; ++point) {
                auto *own = to + (point * outputs + output) / panel * inputs * panel + output % panel * together;
                for (int64_t input = 0; input < inputs; ++input) {
                    own[input / together * together * panel + input % together] =
                        static_cast<Weight>(static_cast<float>(values[input * points + point]));
                }
            }
        }
    });
}

}  // namespace

Weights::Weights(const at::Tensor &packed)
    : numbers(nullptr), type(packed.scalar_type()), are_paired(packed.dim() == 5), points(0), outputs(0), inputs(0) {
    const bool is_packed =
        are_paired ? packed.size(3) == panel && packed.size(4) == 2 && packed.size(2) * 2 % lanes == 0 &&
                         type == at::kBFloat16
                   : packed.dim() == 4 && packed.size(3) == panel &&
                         (type == at::kFloat || type == at::kBFloat16 || type == at::kHalf);
    TORCH_CHECK(
        is_packed && packed.device().is_cpu() && packed.numel() > 0 && packed.is_contiguous(),
        "no packed weights: ", packed.sizes());
    numbers = static_cast<const char *>(packed.const_data_ptr());
    points = packed.size(0);
    outputs = packed.size(1) * panel;
    inputs = packed.size(2) * (are_paired ? 2 : 1);
}

Weights Weights::from(int64_t point, int64_t column) const {
    Weights rest = *this;
    rest.numbers += (point * outputs + column) * inputs * static_cast<int64_t>(c10::elementSize(type));
    return rest;
}

void multiply(
    const ProductRows &rows, const Weights &weights, int64_t columns, float *output, int64_t output_stride, bool adds) {
    const ProductTiles &tiles = weights.are_paired ? pair_tiles() : float_tiles();
    const int64_t together = weights.are_paired ? 2 : 1, depth = weights.inputs, count = rows.count;
    const auto *numbers = static_cast<const char *>(rows.numbers);
    const auto size = static_cast<int64_t>(c10::elementSize(weights.row_type()));
    // Tiles of nearly the same height: a last one of few rows would take as long as a whole one.
    const int64_t tile_count = (count + tiles.height - 1) / tiles.height, pieces = (depth + most_depth - 1) / most_depth;
    for (int64_t piece = 0; piece < pieces; ++piece) {
        const int64_t start = depth / together * piece / pieces * together;
        const int64_t length = depth / together * (piece + 1) / pieces * together - start;
        const int64_t block = std::max<int64_t>(cached_numbers / length / tiles.height, 1);
        for (int64_t first = 0; first < tile_count; first += block) {
            const int64_t last = std::min(first + block, tile_count);
            for (int64_t column = 0; column < columns; column += panel) {
                const void *ready = ready_panel(weights, column * depth + start * panel, panel * length);
                for (int64_t tile = first; tile < last; ++tile) {
                    const int64_t begin = count * tile / tile_count, end = count * (tile + 1) / tile_count;
                    tiles.of_rows[end - begin](
                        numbers + (begin * rows.stride + start / together * rows.step) * size, rows.stride, rows.step,
                        length / together, ready, output + begin * output_stride + column, output_stride,
                        adds || piece > 0);
                }
            }
        }
    }
}

void make_bfloat16(const float *from, int64_t count, at::BFloat16 *to) { make_each_bfloat16(from, count, to); }

at::Tensor pack_weights(
    int64_t points, int64_t outputs, int64_t inputs, at::ScalarType type, bool in_pairs,
    const std::function<void(int64_t, double *)> &fill) {
    TORCH_CHECK(
        points > 0 && outputs > 0 && inputs > 0 && outputs % panel == 0, "expected a multiple of 32 outputs, found ",
        outputs, " outputs of ", inputs, " inputs");
    if (in_pairs) {
        TORCH_CHECK(
            st_cpu_has_bfloat16() && type == at::kBFloat16 && inputs % lanes == 0,
            "pairs are of bfloat16 and a multiple of 16 inputs, on processors with AVX-512 BF16, not ", inputs, " of ", type);
        auto packed = at::empty({points, outputs / panel, inputs / 2, panel, 2}, at::TensorOptions().dtype(type));
        pack_as<at::BFloat16>(points, outputs, inputs, 2, fill, packed);
        return packed;
    }
    auto packed = at::empty({points, outputs / panel, inputs, panel}, at::TensorOptions().dtype(type));
    switch (type) {
        case at::kFloat: pack_as<float>(points, outputs, inputs, 1, fill, packed); break;
        case at::kBFloat16: pack_as<at::BFloat16>(points, outputs, inputs, 1, fill, packed); break;
        case at::kHalf: pack_as<at::Half>(points, outputs, inputs, 1, fill, packed); break;
        default: TORCH_CHECK(false, "weights cannot be packed as ", type);
    }
    return packed;
}

const float *checked_bias(const at::Tensor &bias_or_none, int64_t outputs) {
    if (!bias_or_none.defined()) return nullptr;
    TORCH_CHECK(
        is_plain(bias_or_none) && bias_or_none.is_contiguous() && bias_or_none.numel() == outputs, "expected ", outputs,
        " numbers of float32 for the bias");
    return bias_or_none.const_data_ptr<float>();
}

at::Tensor empty_channels_last(int64_t n, int64_t c, int64_t h, int64_t w) {
    return at::empty_strided({n, c, h, w}, {h * w * c, 1, w * c, c}, at::TensorOptions().dtype(at::kFloat));
}

}  // namespace st
