// Shared by the forward and the backward pass of group normalisation.
#pragma once

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <vector>

#include "vector.h"

namespace st {

/// `[images, rows, channels]` in memory.
struct GroupNormLayout {
    int64_t images, rows, channels, groups;

    GroupNormLayout(const at::Tensor &input, int64_t groups)
        : images(input.size(0)),
          rows(input.numel() / input.size(0) / input.size(1)),
          channels(input.size(1)),
          groups(groups) {}

    int64_t width() const { return channels / groups; }

    /// Rows of one image that one thread takes at a time where images are fewer than threads could share.
    int64_t rows_per_part() const {
        bool shares = images % at::get_num_threads() == 0 || images >= 4 * at::get_num_threads();
        return shares ? rows : std::max<int64_t>((1 << 16) / channels, 1);
    }
};

/// Goes through all images twice: `sum(image, offset, rows, sums)` adds to two sums per channel, `finish(image, sums)`
/// makes something of an image's, `apply(image, offset, rows)` uses that.
///
/// Where images are enough for all threads, each is taken from begin to end, while its values are in the cache.
template <typename Sum, typename Finish, typename Apply>
void in_two_passes(const GroupNormLayout &layout, const Sum &sum, const Finish &finish, const Apply &apply) {
    const int64_t rows = layout.rows_per_part(), parts = (layout.rows + rows - 1) / rows, pair = 2 * layout.channels;
    auto offset = [&](int64_t image, int64_t row) { return (image * layout.rows + row) * layout.channels; };
    if (parts == 1) {
        parallel(layout.images, [&](int64_t begin, int64_t end) {
            std::vector<double> sums(pair);
            for (int64_t image = begin; image < end; ++image) {
                std::fill(sums.begin(), sums.end(), 0);
                sum(image, offset(image, 0), layout.rows, sums.data());
                finish(image, sums.data());
                apply(image, offset(image, 0), layout.rows);
            }
        });
        return;
    }
    std::vector<double> sums(layout.images * parts * pair);
    auto each = [&](const auto &body) {
        parallel(layout.images * parts, [&](int64_t begin, int64_t end) {
            for (int64_t item = begin; item < end; ++item) {
                int64_t row = item % parts * rows;
                body(item, item / parts, offset(item / parts, row), std::min(rows, layout.rows - row));
            }
        });
    };
    each([&](int64_t item, int64_t image, int64_t begin, int64_t count) {
        sum(image, begin, count, &sums[item * pair]);
    });
    for (int64_t image = 0; image < layout.images; ++image) {
        double *total = &sums[image * parts * pair];
        for (int64_t index = pair; index < parts * pair; ++index) total[index % pair] += total[index];
        finish(image, total);
    }
    each([&](int64_t, int64_t image, int64_t begin, int64_t count) { apply(image, begin, count); });
}

/// Rows that are summed up in float before they are added to the sums in double.
constexpr int64_t rows_per_sum = 64;

/// Mean and factor of each channel of one image, `[2, channels]`, from its groups' means and the inverse of their
/// deviations, `[2, groups]`: what is normalised is (value − mean) · factor + bias.
inline void spread(const GroupNormLayout &layout, const float *statistics, const float *weight, float *result) {
    for (int64_t channel = 0; channel < layout.channels; ++channel) {
        int64_t group = channel / layout.width();
        result[channel] = statistics[group];
        result[layout.channels + channel] = statistics[layout.groups + group] * weight[channel];
    }
}

/// Means and the inverse of deviations of each image's groups go to `statistics`, `[images, 2, groups]`.
void normalize(
    const GroupNormLayout &layout, const float *input, const float *weight, const float *bias, double epsilon,
    bool activates, float *statistics, float *output);

/// The same, recorded for gradients.
at::Tensor normalize_recorded(
    const at::Tensor &input, int64_t groups, const at::Tensor &weight, const at::Tensor &bias, double epsilon,
    bool activates);

}  // namespace st
