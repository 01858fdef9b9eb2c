#include "pair_products.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <vector>

#include "product.h"

namespace {

using namespace st;

/// Rows that are summed up in one go: they stay in the cache.
constexpr int64_t most_rows = 1024;

/// Pairs of the numbers of two rows, in which those of the first come first; null is a row of zeros. Each panel of 32 columns
/// begins `panel_stride` numbers behind the one before.
ST_FOR_EACH_PROCESSOR
void pair_up(const float *first, const float *second, int64_t columns, int64_t panel_stride, at::BFloat16 *to) {
    for (int64_t column = 0; column < columns; column += lanes) {
        Floats low, high{};
        Words lower, upper;
        load(low, first + column);
        if (second) load(high, second + column);
        round_to_bfloat16(lower, low);
        round_to_bfloat16(upper, high);
        lower |= upper << 16;
        std::memcpy(to + column / panel * panel_stride + column % panel * 2, &lower, sizeof lower);
    }
}

/// Pairs along the rows of `count` rows of a matrix.
void pair_rows(const float *rows, int64_t count, int64_t columns, int64_t pair_stride, int64_t panel_stride, at::BFloat16 *to) {
    parallel((count + 1) / 2, [&](int64_t begin, int64_t end) {
        for (int64_t pair = begin; pair < end; ++pair) {
            const float *first = rows + 2 * pair * columns;
            const float *second = 2 * pair + 1 < count ? first + columns : nullptr;
            pair_up(first, second, columns, panel_stride, to + pair * pair_stride);
        }
    });
}

at::Tensor empty_pairs(int64_t outputs, int64_t inputs) {
    return at::empty({1, outputs / panel, (inputs + 1) / 2, panel, 2}, at::TensorOptions().dtype(at::kBFloat16));
}

}  // namespace

at::Tensor st::pairs_of(const at::Tensor &matrix, bool is_transposed) {
    const int64_t outputs = matrix.size(is_transposed ? 1 : 0), inputs = matrix.size(is_transposed ? 0 : 1);
    auto packed = empty_pairs(outputs, inputs);
    auto *to = packed.mutable_data_ptr<at::BFloat16>();
    const float *from = matrix.const_data_ptr<float>();
    if (is_transposed) {
        pair_rows(from, inputs, outputs, 2 * panel, inputs * panel, to);
        return packed;
    }
    parallel(outputs / panel, [&](int64_t begin, int64_t end) {
        std::vector<at::BFloat16> row(inputs);
        for (int64_t output = begin * panel; output < end * panel; ++output) {
            make_bfloat16(from + output * inputs, inputs, row.data());
            auto *own = to + output / panel * panel * inputs + output % panel * 2;
            for (int64_t input = 0; input < inputs; input += 2) std::copy_n(&row[input], 2, own + input * panel);
        }
    });
    return packed;
}

void st::multiply_pairs(
    const at::Tensor &rows, const at::Tensor &weights, const at::Tensor &bias_or_none, const at::Tensor &result) {
    const Weights packed(weights);
    multiply_rows(
        rows.const_data_ptr<float>(), rows.size(0), packed, {checked_bias(bias_or_none, packed.outputs)},
        result.mutable_data_ptr<float>());
}

void st::multiply_transposed(const at::Tensor &a, const at::Tensor &b, const at::Tensor &sums, bool adds) {
    const int64_t rows = a.size(0), outputs = a.size(1), inputs = b.size(1);
    const int64_t most = std::min(most_rows, rows + rows % 2);
    auto left = at::empty({most * outputs}, at::TensorOptions().dtype(at::kBFloat16)), right = empty_pairs(inputs, most);
    for (int64_t start = 0; start < rows; start += most) {
        const int64_t count = std::min(most, rows - start), depth = count + count % 2;
        auto *turned = left.mutable_data_ptr<at::BFloat16>();
        pair_rows(a.const_data_ptr<float>() + start * outputs, count, outputs, 2 * outputs, 2 * panel, turned);
        pair_rows(
            b.const_data_ptr<float>() + start * inputs, count, inputs, 2 * panel, depth * panel,
            right.mutable_data_ptr<at::BFloat16>());
        const Weights weights(
            static_cast<const char *>(right.const_data_ptr()), right.scalar_type(), true, 1, inputs, depth);
        float *to = sums.mutable_data_ptr<float>();
        parallel(outputs / panel, [&](int64_t begin, int64_t end) {
            multiply(
                ProductRows(turned + begin * panel * 2, (end - begin) * panel, 2, 2 * outputs), weights, inputs,
                to + begin * panel * inputs, inputs, adds || start > 0);
        });
    }
}
