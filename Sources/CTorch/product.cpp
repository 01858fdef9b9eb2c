// A product of float32 rows with weights of float32, bfloat16 or float16, summed up in float32.
//
// On processors with AVX-512 it keeps the sums of 14 rows and 32 columns in registers. Weights of two bytes become float32
// on their way into the cache, so that they take half of the memory and hardly more time: AVX-512 BF16 without AMX
// multiplies bfloat16 at half the speed of float32 (docs/performance.md).
#include "product.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_strided.h>

#include <algorithm>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace st {
namespace {

/// Numbers of the rows that stay in the cache of one core while all columns pass.
constexpr int64_t cached_numbers = 1 << 18;
/// Numbers of a row that are multiplied in one go; longer rows would leave the cache.
constexpr int64_t most_depth = 1536;

/// A tile of `rows` rows and one panel.
template <int rows>
ST_INLINE void multiply_tile(
    const float *a, int64_t a_stride, int64_t depth, const float *weights, float *output, int64_t stride, bool adds) {
    Floats sums[rows][2];
    for (int row = 0; row < rows; ++row) {
        sums[row][0] = sums[row][1] = Floats{};
        if (!adds) continue;
        load(sums[row][0], output + row * stride);
        load(sums[row][1], output + row * stride + lanes);
    }
    for (int64_t k = 0; k < depth; ++k) {
        Floats first, second;
        load(first, weights + k * panel);
        load(second, weights + k * panel + lanes);
#pragma clang loop unroll(full)
        for (int row = 0; row < rows; ++row) {
            Floats value = a[row * a_stride + k] - Floats{};  // the same number in all lanes
            sums[row][0] += value * first;
            sums[row][1] += value * second;
        }
    }
    for (int row = 0; row < rows; ++row) {
        store(output + row * stride, sums[row][0]);
        store(output + row * stride + lanes, sums[row][1]);
    }
}

using Tile = void (*)(const float *, int64_t, int64_t, const float *, float *, int64_t, bool);

template <int rows>
void plain_tile(
    const float *a, int64_t a_stride, int64_t depth, const float *weights, float *output, int64_t stride, bool adds) {
    multiply_tile<rows>(a, a_stride, depth, weights, output, stride, adds);
}

void widen_plainly(const void *from, at::ScalarType type, int64_t count, float *to) {
    auto run = [&](const auto *numbers) {
        for (int64_t index = 0; index < count; ++index) to[index] = static_cast<float>(numbers[index]);
    };
    if (type == at::kBFloat16) {
        run(static_cast<const at::BFloat16 *>(from));
    } else {
        run(static_cast<const at::Half *>(from));
    }
}

/// How a processor computes tiles of 1 ... `height` rows, and float32 of a multiple of 16 weights of two bytes.
struct Kernels {
    int64_t height;
    Tile tiles[15];
    void (*widen)(const void *from, at::ScalarType type, int64_t count, float *to);
};

constexpr Kernels plain_kernels{2, {nullptr, plain_tile<1>, plain_tile<2>}, widen_plainly};

#if defined(__x86_64__)
#define ST_WIDE __attribute__((target("avx512f")))

template <int rows>
ST_WIDE void wide_tile(
    const float *a, int64_t a_stride, int64_t depth, const float *weights, float *output, int64_t stride, bool adds) {
    multiply_tile<rows>(a, a_stride, depth, weights, output, stride, adds);
}

ST_WIDE void widen_widely(const void *from, at::ScalarType type, int64_t count, float *to) {
    const auto *numbers = static_cast<const uint16_t *>(from);
    for (int64_t index = 0; index < count; index += lanes) {
        const __m256i read = _mm256_loadu_si256(reinterpret_cast<const __m256i *>(numbers + index));
        const __m512 wide = type == at::kBFloat16
                                ? _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(read), 16))
                                : _mm512_cvtph_ps(read);
        _mm512_storeu_ps(to + index, wide);
    }
}

constexpr Kernels wide_kernels{
    14,
    {nullptr, wide_tile<1>, wide_tile<2>, wide_tile<3>, wide_tile<4>, wide_tile<5>, wide_tile<6>, wide_tile<7>,
     wide_tile<8>, wide_tile<9>, wide_tile<10>, wide_tile<11>, wide_tile<12>, wide_tile<13>, wide_tile<14>},
    widen_widely};
#endif

const Kernels &kernels() {
#if defined(__x86_64__)
    if (has_fast_product()) return wide_kernels;
#endif
    return plain_kernels;
}

/// A panel of weights in float32.
const float *widened(const void *weights, at::ScalarType type, int64_t first, int64_t count) {
    if (type == at::kFloat) return static_cast<const float *>(weights) + first;
    static thread_local std::vector<Floats> buffer;  // whole lines of the cache
    buffer.resize(std::max<size_t>(buffer.size(), (count + lanes - 1) / lanes));
    auto *numbers = reinterpret_cast<float *>(buffer.data());
    kernels().widen(static_cast<const uint16_t *>(weights) + first, type, count, numbers);
    return numbers;
}

template <typename Weight>
void pack_as(
    int64_t points, int64_t outputs, int64_t inputs, const std::function<void(int64_t, double *)> &fill,
    at::Tensor &packed) {
    auto *to = packed.mutable_data_ptr<Weight>();
    parallel(outputs, [&](int64_t begin, int64_t end) {
        std::vector<double> values(inputs * points);
        for (int64_t output = begin; output < end; ++output) {
            fill(output, values.data());
            for (int64_t point = 0; point < points; ++point) {
                auto *own = to + ((point * outputs + output) / panel * inputs) * panel + output % panel;
                for (int64_t input = 0; input < inputs; ++input) {
                    own[input * panel] = static_cast<Weight>(static_cast<float>(values[input * points + point]));
                }
            }
        }
    });
}

}  // namespace

bool has_fast_product() {
#if defined(__x86_64__)
    static const bool has = __builtin_cpu_supports("avx512f");
    return has;
#else
    return false;
#endif
}

void multiply(
    const float *a, int64_t a_stride, int64_t rows, int64_t depth, const void *weights, at::ScalarType type,
    int64_t columns, float *output, int64_t output_stride, bool adds) {
    const Kernels &own = kernels();
    // Tiles of nearly the same height: a last one of few rows would take as long as a whole one.
    const int64_t tiles = (rows + own.height - 1) / own.height, pieces = (depth + most_depth - 1) / most_depth;
    for (int64_t piece = 0; piece < pieces; ++piece) {
        const int64_t start = depth * piece / pieces, length = depth * (piece + 1) / pieces - start;
        const int64_t block = std::max<int64_t>(cached_numbers / length / own.height, 1);
        for (int64_t first = 0; first < tiles; first += block) {
            const int64_t last = std::min(first + block, tiles);
            for (int64_t column = 0; column < columns; column += panel) {
                const float *numbers = widened(weights, type, column * depth + start * panel, panel * length);
                for (int64_t tile = first; tile < last; ++tile) {
                    const int64_t begin = rows * tile / tiles, end = rows * (tile + 1) / tiles;
                    own.tiles[end - begin](
                        a + begin * a_stride + start, a_stride, length, numbers,
                        output + begin * output_stride + column, output_stride, adds || piece > 0);
                }
            }
        }
    }
}

at::Tensor pack_weights(
    int64_t points, int64_t outputs, int64_t inputs, at::ScalarType type,
    const std::function<void(int64_t, double *)> &fill) {
    TORCH_CHECK(
        points > 0 && outputs > 0 && inputs > 0 && outputs % panel == 0, "expected a multiple of 32 outputs, found ",
        outputs, " outputs of ", inputs, " inputs");
    auto packed = at::empty({points, outputs / panel, inputs, panel}, at::TensorOptions().dtype(type));
    switch (type) {
        case at::kFloat: pack_as<float>(points, outputs, inputs, fill, packed); break;
        case at::kBFloat16: pack_as<at::BFloat16>(points, outputs, inputs, fill, packed); break;
        case at::kHalf: pack_as<at::Half>(points, outputs, inputs, fill, packed); break;
        default: TORCH_CHECK(false, "weights cannot be packed as ", type);
    }
    return packed;
}

void check_packed(const at::Tensor &packed) {
    const auto type = packed.scalar_type();
    TORCH_CHECK(
        packed.device().is_cpu() && packed.dim() == 4 && packed.size(3) == panel && packed.numel() > 0 &&
            packed.is_contiguous() && (type == at::kFloat || type == at::kBFloat16 || type == at::kHalf),
        "no packed weights: ", packed.sizes());
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

extern "C" bool st_has_fast_product(void) { return st::has_fast_product(); }
