// Group normalisation with or without SiLU over channels that lie side by side in memory.
//
// LibTorch's kernel for this layout makes factors and shifts of all images on one thread and leaves SiLU to a second pass
// over memory. A denoising step of the embedded model takes 1.06 times as long with it (docs/performance.md).
#include "group_norm.h"

#include <ATen/autocast_mode.h>
#include <ATen/ops/empty_strided.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/silu.h>

#include <cmath>

#include "internal.h"

namespace {

using namespace st;

/// Adds the sums of each channel's differences from `origin`, and of their squares, to `sums`, `[2, channels]`.
///
/// Differences, as squares of numbers far from zero lose the digits that the deviation is in.
ST_FOR_EACH_PROCESSOR
void add_sums(const float *input, const float *origin, int64_t rows, int64_t channels, double *sums) {
    for (int64_t channel = 0; channel < channels; channel += lanes) {
        Floats first;
        load(first, origin + channel);
        for (int64_t begin = 0; begin < rows; begin += rows_per_sum) {
            int64_t end = begin + rows_per_sum < rows ? begin + rows_per_sum : rows;
            Floats sum{}, square{}, value;
            for (int64_t row = begin; row < end; ++row) {
                load(value, input + row * channels + channel);
                value -= first;
                sum += value;
                square += value * value;
            }
            for (int64_t lane = 0; lane < lanes; ++lane) {
                sums[channel + lane] += sum[lane];
                sums[channels + channel + lane] += square[lane];
            }
        }
    }
}

/// Writes the mean of each group and the inverse of its deviation, `[2, groups]`.
void summarize(
    const GroupNormLayout &layout, const double *sums, const float *origin, double epsilon, float *statistics) {
    const double rows = static_cast<double>(layout.rows), width = static_cast<double>(layout.width());
    for (int64_t group = 0; group < layout.groups; ++group) {
        const int64_t begin = group * layout.width(), end = begin + layout.width();
        double mean = 0, squares = 0;
        for (int64_t channel = begin; channel < end; ++channel) {
            mean += (origin[channel] + sums[channel] / rows) / width;
        }
        for (int64_t channel = begin; channel < end; ++channel) {
            const double own = sums[channel] / rows, away = origin[channel] + own - mean;
            squares += sums[layout.channels + channel] - own * sums[channel] + rows * away * away;
        }
        const double variance = squares / (rows * width);
        statistics[group] = static_cast<float>(mean);
        statistics[layout.groups + group] =
            static_cast<float>(1 / std::sqrt((variance > 0 ? variance : 0) + epsilon));
    }
}

ST_FOR_EACH_PROCESSOR
void apply(
    const float *input, int64_t rows, int64_t channels, const float *scales, const float *bias, bool activates,
    float *output) {
    for (int64_t row = 0; row < rows; ++row) {
        for (int64_t channel = 0; channel < channels; channel += lanes) {
            Floats value, mean, factor, shift;
            load(value, input + row * channels + channel);
            load(mean, scales + channel);
            load(factor, scales + channels + channel);
            load(shift, bias + channel);
            value = (value - mean) * factor + shift;
            if (activates) {
                Floats power;
                exponential(power, -value);
                value /= power + 1.0f;
            }
            store(output + row * channels + channel, value);
        }
    }
}

/// Whether the channels (axis 1) lie side by side and everything else in order around them.
bool has_channels_last(const at::Tensor &tensor) {
    int64_t stride = tensor.size(1);
    if (tensor.stride(1) != 1) return false;
    for (int64_t axis = tensor.dim() - 1; axis >= 0; --axis) {
        if (axis == 1) continue;
        if (tensor.size(axis) != 1 && tensor.stride(axis) != stride) return false;
        stride *= tensor.size(axis);
    }
    return true;
}

}  // namespace

void st::normalize(
    const GroupNormLayout &layout, const float *input, const float *weight, const float *bias, double epsilon,
    bool activates, float *statistics, float *output) {
    std::vector<float> scales(layout.images * 2 * layout.channels);
    auto origin = [&](int64_t image) { return input + image * layout.rows * layout.channels; };
    in_two_passes(
        layout,
        [&](int64_t image, int64_t offset, int64_t rows, double *sums) {
            add_sums(input + offset, origin(image), rows, layout.channels, sums);
        },
        [&](int64_t image, const double *sums) {
            float *own = statistics + image * 2 * layout.groups;
            summarize(layout, sums, origin(image), epsilon, own);
            spread(layout, own, weight, &scales[image * 2 * layout.channels]);
        },
        [&](int64_t image, int64_t offset, int64_t rows) {
            apply(
                input + offset, rows, layout.channels, &scales[image * 2 * layout.channels], bias, activates,
                output + offset);
        });
}

extern "C" {

STStatus st_group_norm(
    STTensor input, int64_t groups, STTensor weight, STTensor bias, double epsilon, bool activates, STTensor *result) {
    return st::guarded([&] {
        auto x = st::borrow(input), w = st::borrow(weight), b = st::borrow(bias);
        // LibTorch's kernels of bfloat16 are four times as slow, forwards and backwards.
        if (x.device().is_cpu() && at::autocast::is_autocast_enabled(at::kCPU)) x = x.to(at::kFloat);
        bool fits = x.dim() >= 3 && x.numel() > 0 && groups > 0 && x.size(1) % groups == 0 && x.size(1) % lanes == 0 &&
                    w.is_contiguous() && b.is_contiguous() && w.numel() == x.size(1) && b.numel() == x.size(1);
        if (!fits || !is_plain(x) || !is_plain(w) || !is_plain(b) || !has_channels_last(x)) {
            // LibTorch 2.13 crashes in the backward pass of its channels-last kernel when the input needs no gradient but
            // the weight does, as at the border of a frozen part; row-major input takes another kernel.
            if (w.requires_grad() && !x.requires_grad()) x = x.contiguous();
            auto normalized = at::group_norm(x, groups, w, b, epsilon);
            *result = st::give(activates ? at::silu(normalized) : normalized);
            return;
        }
        if (is_recorded(x, w, b)) {
            *result = st::give(normalize_recorded(x, groups, w, b, epsilon, activates));
            return;
        }
        GroupNormLayout layout(x, groups);
        std::vector<float> statistics(layout.images * 2 * groups);
        auto output = at::empty_strided(x.sizes(), x.strides(), x.options());
        normalize(
            layout, x.const_data_ptr<float>(), w.const_data_ptr<float>(), b.const_data_ptr<float>(), epsilon, activates,
            statistics.data(), output.mutable_data_ptr<float>());
        *result = st::give(std::move(output));
    });
}

}  // extern "C"
