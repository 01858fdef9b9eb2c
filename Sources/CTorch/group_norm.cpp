// Group normalisation with or without SiLU over channels that lie side by side in memory.
//
// LibTorch's kernel for this layout makes factors and shifts of all images on one thread and leaves SiLU to a second pass
// over memory. A denoising step of the embedded model takes 1.06 times as long with it (docs/performance.md).
#include "vector.h"

#include <ATen/Parallel.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty_strided.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/silu.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "internal.h"

namespace {

using namespace st;

/// Rows that are summed up in float before they are added to the sums in double.
constexpr int64_t rows_per_sum = 64;
/// Numbers of one image that one thread takes at a time where images are fewer than threads could share.
constexpr int64_t part_size = 1 << 16;

/// `[images, rows, channels]` in memory.
struct Layout {
    int64_t images, rows, channels, groups;
};

/// Adds the sums and the sums of squares of each channel to `sums`, `[2, channels]`.
ST_FOR_EACH_PROCESSOR
void add_sums(const float *input, int64_t rows, int64_t channels, double *sums) {
    for (int64_t channel = 0; channel < channels; channel += lanes) {
        for (int64_t begin = 0; begin < rows; begin += rows_per_sum) {
            int64_t end = begin + rows_per_sum < rows ? begin + rows_per_sum : rows;
            Floats sum{}, square{}, value;
            for (int64_t row = begin; row < end; ++row) {
                load(value, input + row * channels + channel);
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

/// Writes factor and shift of each channel, `[2, channels]`.
void factors(
    const double *sums, const Layout &layout, const float *weight, const float *bias, double epsilon, float *result) {
    int64_t width = layout.channels / layout.groups;
    double count = static_cast<double>(width * layout.rows);
    for (int64_t group = 0; group < layout.groups; ++group) {
        double sum = 0, square = 0;
        for (int64_t channel = group * width; channel < (group + 1) * width; ++channel) {
            sum += sums[channel];
            square += sums[layout.channels + channel];
        }
        double mean = sum / count;
        double variance = square / count - mean * mean;
        double scale = 1 / std::sqrt((variance > 0 ? variance : 0) + epsilon);
        for (int64_t channel = group * width; channel < (group + 1) * width; ++channel) {
            double factor = scale * weight[channel];
            result[channel] = static_cast<float>(factor);
            result[layout.channels + channel] = static_cast<float>(bias[channel] - mean * factor);
        }
    }
}

ST_FOR_EACH_PROCESSOR
void apply(const float *input, int64_t rows, int64_t channels, const float *factors, bool activates, float *output) {
    for (int64_t row = 0; row < rows; ++row) {
        for (int64_t channel = 0; channel < channels; channel += lanes) {
            Floats value, factor, shift;
            load(value, input + row * channels + channel);
            load(factor, factors + channel);
            load(shift, factors + channels + channel);
            value = value * factor + shift;
            if (activates) {
                Floats power;
                exponential(power, -value);
                value /= power + 1.0f;
            }
            store(output + row * channels + channel, value);
        }
    }
}

/// One image after the other on each thread: its sums, then its values, which are still in the cache.
void normalize_images(
    const float *input, const Layout &layout, const float *weight, const float *bias, double epsilon, bool activates,
    float *output) {
    parallel(layout.images, [&](int64_t begin, int64_t end) {
        std::vector<double> sums(2 * layout.channels);
        std::vector<float> scales(2 * layout.channels);
        for (int64_t image = begin; image < end; ++image) {
            int64_t offset = image * layout.rows * layout.channels;
            std::fill(sums.begin(), sums.end(), 0);
            add_sums(input + offset, layout.rows, layout.channels, sums.data());
            factors(sums.data(), layout, weight, bias, epsilon, scales.data());
            apply(input + offset, layout.rows, layout.channels, scales.data(), activates, output + offset);
        }
    });
}

/// Parts of images on each thread, for few large images.
void normalize_parts(
    const float *input, const Layout &layout, const float *weight, const float *bias, double epsilon, bool activates,
    float *output) {
    int64_t rows = std::max<int64_t>(part_size / layout.channels, 1);
    int64_t parts = (layout.rows + rows - 1) / rows;
    int64_t pair = 2 * layout.channels;
    std::vector<double> sums(layout.images * parts * pair);
    std::vector<float> scales(layout.images * pair);
    auto each = [&](auto body) {
        parallel(layout.images * parts, [&](int64_t begin, int64_t end) {
            for (int64_t item = begin; item < end; ++item) {
                int64_t image = item / parts, first = item % parts * rows;
                body(item, image, (image * layout.rows + first) * layout.channels, std::min(rows, layout.rows - first));
            }
        });
    };
    each([&](int64_t item, int64_t, int64_t offset, int64_t count) {
        add_sums(input + offset, count, layout.channels, &sums[item * pair]);
    });
    for (int64_t image = 0; image < layout.images; ++image) {
        double *total = &sums[image * parts * pair];
        for (int64_t index = pair; index < parts * pair; ++index) total[index % pair] += total[index];
        factors(total, layout, weight, bias, epsilon, &scales[image * pair]);
    }
    each([&](int64_t, int64_t image, int64_t offset, int64_t count) {
        apply(input + offset, count, layout.channels, &scales[image * pair], activates, output + offset);
    });
}

bool is_plain(const at::Tensor &tensor) {
    return tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat &&
           !(at::GradMode::is_enabled() && tensor.requires_grad());
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

extern "C" {

STStatus st_group_norm(
    STTensor input, int64_t groups, STTensor weight, STTensor bias, double epsilon, bool activates, STTensor *result) {
    return st::guarded([&] {
        auto x = st::borrow(input), w = st::borrow(weight), b = st::borrow(bias);
        bool fits = x.dim() >= 3 && x.numel() > 0 && groups > 0 && x.size(1) % groups == 0 && x.size(1) % lanes == 0 &&
                    w.is_contiguous() && b.is_contiguous() && w.numel() == x.size(1) && b.numel() == x.size(1);
        if (!fits || !is_plain(x) || !is_plain(w) || !is_plain(b) || !has_channels_last(x)) {
            auto normalized = at::group_norm(x, groups, w, b, epsilon);
            *result = st::give(activates ? at::silu(normalized) : normalized);
            return;
        }
        Layout layout{x.size(0), x.numel() / x.size(0) / x.size(1), x.size(1), groups};
        auto output = at::empty_strided(x.sizes(), x.strides(), x.options());
        bool shares = layout.images % at::get_num_threads() == 0 || layout.images >= 4 * at::get_num_threads();
        (shares ? normalize_images : normalize_parts)(
            x.const_data_ptr<float>(), layout, w.const_data_ptr<float>(), b.const_data_ptr<float>(), epsilon, activates,
            output.mutable_data_ptr<float>());
        *result = st::give(std::move(output));
    });
}

}  // extern "C"
