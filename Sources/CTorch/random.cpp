// Philox 4x32-10 (Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011), always computed on the CPU,
// so that every device sees the same numbers.
#include "internal.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <array>
#include <cmath>

namespace {

std::array<uint32_t, 4> philox(uint64_t key, uint64_t counter) {
    std::array<uint32_t, 4> c = {static_cast<uint32_t>(counter), static_cast<uint32_t>(counter >> 32), 0, 0};
    auto k0 = static_cast<uint32_t>(key);
    auto k1 = static_cast<uint32_t>(key >> 32);
    for (int round = 0; round < 10; ++round) {
        uint64_t p0 = uint64_t{0xD2511F53} * c[0];
        uint64_t p1 = uint64_t{0xCD9E8D57} * c[2];
        c = {static_cast<uint32_t>(p1 >> 32) ^ c[1] ^ k0, static_cast<uint32_t>(p1),
             static_cast<uint32_t>(p0 >> 32) ^ c[3] ^ k1, static_cast<uint32_t>(p0)};
        k0 += 0x9E3779B9;
        k1 += 0xBB67AE85;
    }
    return c;
}

/// In (0, 1): 24 random bits, centred, so that the logarithm is finite.
float open_unit(uint32_t bits) { return (static_cast<float>(bits >> 8) + 0.5f) * 0x1p-24f; }

/// Fills a new tensor four numbers at a time; `block` makes them from one Philox output.
template <typename Block>
STTensor filled(const int64_t *sizes, int64_t dimensions, uint64_t key, uint64_t counter, Block block) {
    auto tensor = at::empty(at::IntArrayRef(sizes, dimensions), at::TensorOptions().dtype(at::kFloat));
    auto *values = tensor.mutable_data_ptr<float>();
    int64_t count = tensor.numel();
    at::parallel_for(0, (count + 3) / 4, 4096, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
            std::array<float, 4> four = block(philox(key, counter + static_cast<uint64_t>(i)));
            for (int64_t j = 0; j < 4 && 4 * i + j < count; ++j) values[4 * i + j] = four[j];
        }
    });
    return st::give(std::move(tensor));
}

}  // namespace

extern "C" {

STStatus st_normal(const int64_t *sizes, int64_t dimensions, uint64_t key, uint64_t counter, STTensor *result) {
    return st::guarded([&] {
        *result = filled(sizes, dimensions, key, counter, [](std::array<uint32_t, 4> bits) {
            std::array<float, 4> four;
            for (int pair = 0; pair < 2; ++pair) {  // Box and Muller
                float radius = std::sqrt(-2.0f * std::log(open_unit(bits[2 * pair])));
                float angle = 6.2831853071795864769f * open_unit(bits[2 * pair + 1]);
                four[2 * pair] = radius * std::cos(angle);
                four[2 * pair + 1] = radius * std::sin(angle);
            }
            return four;
        });
    });
}

STStatus st_uniform(const int64_t *sizes, int64_t dimensions, uint64_t key, uint64_t counter, STTensor *result) {
    return st::guarded([&] {
        *result = filled(sizes, dimensions, key, counter, [](std::array<uint32_t, 4> bits) {
            std::array<float, 4> four;
            for (int i = 0; i < 4; ++i) four[i] = static_cast<float>(bits[i] >> 8) * 0x1p-24f;
            return four;
        });
    });
}

}  // extern "C"
