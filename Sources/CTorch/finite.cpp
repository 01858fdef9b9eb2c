// Whether all numbers are finite, in one pass over memory.
//
// LibTorch makes four tensors on the way, the first as large as the input. All weights are looked at when they are loaded,
// and at the published sizes that took 12 of 20 seconds.
#include "vector.h"

#include <ATen/ops/isfinite.h>

#include <algorithm>
#include <atomic>

#include "internal.h"

namespace {

using namespace st;

/// Numbers between two looks at what has been found.
constexpr int64_t stretch = 1 << 14;

/// Whether no number has an exponent of ones alone.
template <typename Bits>
ST_INLINE bool are_finite(const Bits *numbers, int64_t count, Bits exponent) {
    Bits found = 0;
    for (int64_t i = 0; i < count; ++i) found |= static_cast<Bits>((numbers[i] & exponent) == exponent);
    return found == 0;
}

ST_FOR_EACH_PROCESSOR
bool are_finite_16(const uint16_t *numbers, int64_t count, uint16_t exponent) {
    return are_finite(numbers, count, exponent);
}

ST_FOR_EACH_PROCESSOR
bool are_finite_32(const uint32_t *numbers, int64_t count) { return are_finite(numbers, count, 0x7F800000u); }

bool are_finite(const at::Tensor &tensor, int64_t begin, int64_t count) {
    const char *place = static_cast<const char *>(tensor.const_data_ptr()) + begin * tensor.element_size();
    if (tensor.scalar_type() == at::kFloat) return are_finite_32(reinterpret_cast<const uint32_t *>(place), count);
    const uint16_t exponent = tensor.scalar_type() == at::kHalf ? 0x7C00 : 0x7F80;
    return are_finite_16(reinterpret_cast<const uint16_t *>(place), count, exponent);
}

}  // namespace

extern "C" {

STStatus st_is_finite(STTensor tensor, bool *result) {
    return st::guarded([&] {
        auto numbers = st::borrow(tensor);
        const auto type = numbers.scalar_type();
        if (!numbers.device().is_cpu() || !numbers.is_non_overlapping_and_dense() ||
            (type != at::kFloat && type != at::kHalf && type != at::kBFloat16)) {
            *result = at::isfinite(numbers).all().item<bool>();
            return;
        }
        std::atomic<bool> finite{true};
        parallel((numbers.numel() + stretch - 1) / stretch, [&](int64_t begin, int64_t end) {
            for (int64_t part = begin; part < end && finite.load(std::memory_order_relaxed); ++part) {
                const int64_t first = part * stretch, count = std::min(stretch, numbers.numel() - first);
                if (!are_finite(numbers, first, count)) finite.store(false, std::memory_order_relaxed);
            }
        });
        *result = finite.load();
    });
}

}  // extern "C"
