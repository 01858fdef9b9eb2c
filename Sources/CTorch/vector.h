// Sixteen numbers at a time, and work shared among LibTorch's threads; for the kernels of this target only.
#pragma once

#include <ATen/Parallel.h>
#include <ATen/TensorIterator.h>
#include <ATen/ops/empty.h>

#include <cstring>

#if defined(__x86_64__) && defined(__GLIBC__)  // the choice is made by its loader
/// Compiles a function for three generations of processors; the program takes the one that fits when it starts.
#define ST_FOR_EACH_PROCESSOR __attribute__((target_clones("avx512f", "arch=haswell", "default")))
#else
#define ST_FOR_EACH_PROCESSOR
#endif
#define ST_INLINE static inline __attribute__((always_inline))

namespace st {

constexpr int64_t lanes = 16;
typedef float Floats __attribute__((vector_size(64)));
typedef int32_t Ints __attribute__((vector_size(64)));
typedef uint32_t Words __attribute__((vector_size(64)));
typedef uint16_t ShortWords __attribute__((vector_size(32)));

// Pointers instead of values: how vectors are passed depends on the processor that a function is compiled for.
ST_INLINE void load(Floats &to, const float *from) { std::memcpy(&to, from, sizeof to); }
ST_INLINE void store(float *to, const Floats &from) { std::memcpy(to, &from, sizeof from); }

/// The nearest numbers of bfloat16, of two the even one, each in the lower half of a word.
ST_INLINE void round_to_bfloat16(Words &to, const Floats &from) {
    Words bits, none{};
    std::memcpy(&bits, &from, sizeof bits);
    none += 0x7FC0;
    bits = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
    to = from == from ? bits : none;
}

ST_INLINE void store(at::BFloat16 *to, const Floats &from) {
    Words rounded;
    round_to_bfloat16(rounded, from);
    const ShortWords words = __builtin_convertvector(rounded, ShortWords);
    std::memcpy(to, &words, sizeof words);
}

/// `to = eˣ` for x within −87 … 88, and of the nearer limit for any other; within 3 units of the last place.
ST_INLINE void exponential(Floats &to, const Floats &x) {
    constexpr float shift = 12582912.0f;  // 1.5 · 2²³: adding it rounds to whole numbers
    Floats low{}, high{};
    low -= 87.0f;
    high += 88.0f;
    Floats bounded = x < low ? low : x;
    bounded = bounded > high ? high : bounded;
    Floats shifted = bounded * 1.44269504088896341f + shift;
    Floats whole = shifted - shift;
    Floats rest = bounded - whole * 0.693359375f + whole * 2.12194440e-4f;  // ln 2 in two parts
    Floats sum = rest * 1.9875691500e-4f + 1.3981999507e-3f;
    sum = sum * rest + 8.3334519073e-3f;
    sum = sum * rest + 4.1665795894e-2f;
    sum = sum * rest + 1.6666665459e-1f;
    sum = sum * rest + 5.0000001201e-1f;
    sum = sum * rest * rest + rest + 1.0f;
    Ints bits, power;
    std::memcpy(&bits, &sum, sizeof bits);
    std::memcpy(&power, &shifted, sizeof power);
    bits += (power - 0x4B400000) << 23;
    std::memcpy(&sum, &bits, sizeof sum);
    to = x == x ? sum : x;  // not-a-number stays what it is
}

/// `Φ(x)`, the share of the standard normal distribution below x, and its density.
///
/// Source: Abramowitz and Stegun, 7.1.26, within 1.5e-7.
ST_INLINE void normal(Floats &below, Floats &density, const Floats &x) {
    Floats power, positive = x < 0.0f ? -x : x;
    exponential(power, x * x * -0.5f);
    Floats t = 1.0f / (positive * (0.3275911f * 0.70710678f) + 1.0f);
    Floats sum = t * 1.061405429f - 1.453152027f;
    sum = sum * t + 1.421413741f;
    sum = sum * t - 0.284496736f;
    sum = sum * t + 0.254829592f;
    Floats tail = sum * t * power * 0.5f;
    below = x < 0.0f ? tail : 1.0f - tail;
    density = power * 0.39894228f;
}

/// Runs `body(begin, end)` over parts of 0 ..< count on LibTorch's threads.
///
/// Its `at::parallel_for` runs on one thread where a file is compiled without OpenMP, as this one is, which must not bring
/// a second OpenMP into the process. LibTorch's own loop over the elements of a tensor does what is needed.
template <typename Body>
void parallel(int64_t count, const Body &body) {
    if (count <= 1 || at::get_num_threads() == 1) {
        if (count > 0) body(int64_t(0), count);
        return;
    }
    auto places = at::empty({count}, at::TensorOptions().dtype(at::kByte).device(at::kCPU));
    auto *first = static_cast<char *>(places.data_ptr());
    auto iterator = at::TensorIterator::nullary_op(places);
    iterator.for_each(
        [&](char **data, const int64_t *, int64_t inner, int64_t outer) {
            int64_t begin = data[0] - first;
            body(begin, begin + inner * outer);
        },
        1);
}

}  // namespace st
