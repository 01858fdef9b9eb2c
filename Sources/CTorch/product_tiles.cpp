#include "product_tiles.h"

#include "product.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace st {
namespace {

/// A tile of `rows` rows and one panel.
template <int rows>
ST_INLINE void multiply_tile(
    const float *a, int64_t a_stride, int64_t a_step, int64_t depth, const float *weights, float *output, int64_t stride,
    bool adds) {
    Floats sums[rows][2];
    for (int row = 0; row < rows; ++row) {
        sums[row][0] = sums[row][1] = Floats{};
        if (!adds) continue;
        load(sums[row][0], output + row * stride);
        load(sums[row][1], output + row * stride + lanes);
    }
    for (int64_t k = 0; k < depth; ++k, a += a_step) {
        Floats first, second;
        load(first, weights + k * panel);
        load(second, weights + k * panel + lanes);
#pragma clang loop unroll(full)
        for (int row = 0; row < rows; ++row) {
            Floats value = a[row * a_stride] - Floats{};  // the same number in all lanes
            sums[row][0] += value * first;
            sums[row][1] += value * second;
        }
    }
    for (int row = 0; row < rows; ++row) {
        store(output + row * stride, sums[row][0]);
        store(output + row * stride + lanes, sums[row][1]);
    }
}

template <int rows>
void plain_tile(
    const void *a, int64_t a_stride, int64_t a_step, int64_t depth, const void *weights, float *output, int64_t stride,
    bool adds) {
    multiply_tile<rows>(
        static_cast<const float *>(a), a_stride, a_step, depth, static_cast<const float *>(weights), output, stride, adds);
}

constexpr ProductTiles plain_tiles{2, {nullptr, plain_tile<1>, plain_tile<2>}};

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

#if defined(__x86_64__)
#define ST_WIDE __attribute__((target("avx512f")))
#define ST_PAIRED __attribute__((target("avx512f,avx512bf16")))

template <int rows>
ST_WIDE void wide_tile(
    const void *a, int64_t a_stride, int64_t a_step, int64_t depth, const void *weights, float *output, int64_t stride,
    bool adds) {
    multiply_tile<rows>(
        static_cast<const float *>(a), a_stride, a_step, depth, static_cast<const float *>(weights), output, stride, adds);
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

template <int rows>
ST_PAIRED void pair_tile(
    const void *a, int64_t a_stride, int64_t a_step, int64_t depth, const void *weights, float *output, int64_t stride,
    bool adds) {
    const auto *numbers = static_cast<const at::BFloat16 *>(a);
    const auto *columns = static_cast<const at::BFloat16 *>(weights);
    __m512 sums[rows][2];
    for (int row = 0; row < rows; ++row) {
        sums[row][0] = adds ? _mm512_loadu_ps(output + row * stride) : _mm512_setzero_ps();
        sums[row][1] = adds ? _mm512_loadu_ps(output + row * stride + lanes) : _mm512_setzero_ps();
    }
    for (int64_t k = 0; k < depth; ++k, numbers += a_step) {
        const auto first = reinterpret_cast<__m512bh>(_mm512_loadu_si512(columns + 2 * k * panel));
        const auto second = reinterpret_cast<__m512bh>(_mm512_loadu_si512(columns + 2 * k * panel + 2 * lanes));
#pragma clang loop unroll(full)
        for (int row = 0; row < rows; ++row) {
            int32_t pair;
            std::memcpy(&pair, numbers + row * a_stride, sizeof pair);
            const auto value = reinterpret_cast<__m512bh>(_mm512_set1_epi32(pair));
            sums[row][0] = _mm512_dpbf16_ps(sums[row][0], value, first);
            sums[row][1] = _mm512_dpbf16_ps(sums[row][1], value, second);
        }
    }
    for (int row = 0; row < rows; ++row) {
        _mm512_storeu_ps(output + row * stride, sums[row][0]);
        _mm512_storeu_ps(output + row * stride + lanes, sums[row][1]);
    }
}

#define ST_OF_ROWS(tile)                                                                                              \
    {                                                                                                                 \
        nullptr, tile<1>, tile<2>, tile<3>, tile<4>, tile<5>, tile<6>, tile<7>, tile<8>, tile<9>, tile<10>, tile<11>, \
            tile<12>, tile<13>, tile<14>                                                                              \
    }

constexpr ProductTiles wide_tiles{14, ST_OF_ROWS(wide_tile)};
constexpr ProductTiles paired_tiles{14, ST_OF_ROWS(pair_tile)};
#endif

}  // namespace

const ProductTiles &float_tiles() {
#if defined(__x86_64__)
    if (has_fast_product()) return wide_tiles;
#endif
    return plain_tiles;
}

const ProductTiles &pair_tiles() {
#if defined(__x86_64__)
    if (st_cpu_has_bfloat16()) return paired_tiles;
#endif
    TORCH_CHECK(false, "weights in pairs are for processors with AVX-512 BF16");
}

void widen(const void *from, at::ScalarType type, int64_t count, float *to) {
#if defined(__x86_64__)
    if (has_fast_product()) return widen_widely(from, type, count, to);
#endif
    widen_plainly(from, type, count, to);
}

bool has_fast_product() {
#if defined(__x86_64__)
    static const bool has = __builtin_cpu_supports("avx512f");
    return has;
#else
    return false;
#endif
}

bool has_fast_pairs() {
#if defined(__x86_64__)
    static const bool has = st_cpu_has_bfloat16() && __builtin_cpu_is("amd");
    return has;
#else
    return false;
#endif
}

}  // namespace st

extern "C" {

bool st_has_fast_product(void) { return st::has_fast_product(); }

bool st_has_fast_pairs(void) { return st::has_fast_pairs(); }

}  // extern "C"
