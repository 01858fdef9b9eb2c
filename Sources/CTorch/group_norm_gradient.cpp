// The gradient of group normalisation with or without SiLU, over channels that lie side by side in memory.
//
// Only the input and the groups' statistics are kept: what SiLU was applied to is made again. LibTorch keeps that too, and
// takes its gradient in a pass of its own.
#include "group_norm.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/empty_strided.h>
#include <torch/csrc/autograd/custom_function.h>

#include "internal.h"

namespace {

using namespace st;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// The gradient before SiLU, `change · (s + z · s · (1 − s))` with the sigmoid `s` of `z`.
ST_INLINE void before_silu(Floats &change, const Floats &z) {
    Floats power;
    exponential(power, -z);
    Floats share = 1.0f / (power + 1.0f);
    change *= share * (1.0f + z * (1.0f - share));
}

/// Adds the sums of each channel's gradients, and of those times the input's difference from its mean, to `sums`,
/// `[2, channels]`; keeps the gradients before SiLU in `before`.
ST_FOR_EACH_PROCESSOR
void add_gradient_sums(
    const float *input, const float *gradient, int64_t rows, int64_t channels, const float *scales, const float *bias,
    bool activates, float *before, double *sums) {
    for (int64_t channel = 0; channel < channels; channel += lanes) {
        Floats mean, factor, shift;
        load(mean, scales + channel);
        load(factor, scales + channels + channel);
        load(shift, bias + channel);
        for (int64_t begin = 0; begin < rows; begin += rows_per_sum) {
            int64_t end = begin + rows_per_sum < rows ? begin + rows_per_sum : rows;
            Floats sum{}, product{}, value, change;
            for (int64_t row = begin; row < end; ++row) {
                load(value, input + row * channels + channel);
                load(change, gradient + row * channels + channel);
                value -= mean;
                if (activates) {
                    before_silu(change, value * factor + shift);
                    store(before + row * channels + channel, change);
                }
                sum += change;
                product += change * value;
            }
            for (int64_t lane = 0; lane < lanes; ++lane) {
                sums[channel + lane] += sum[lane];
                sums[channels + channel + lane] += product[lane];
            }
        }
    }
}

/// What one image adds to the gradients of weight and bias, `[2, channels]`, and two numbers of each channel, `[2, channels]`,
/// that make its gradient: `change · factor + (value − mean) · c₀ + c₁`.
void summarize(
    const GroupNormLayout &layout, const double *sums, const float *statistics, const float *weight, double *parameters,
    float *coefficients) {
    const double count = static_cast<double>(layout.width() * layout.rows);
    for (int64_t group = 0; group < layout.groups; ++group) {
        const double scale = statistics[layout.groups + group];
        const int64_t begin = group * layout.width(), end = begin + layout.width();
        double sum = 0, product = 0;
        for (int64_t channel = begin; channel < end; ++channel) {
            sum += sums[channel] * weight[channel];
            product += sums[layout.channels + channel] * weight[channel];
            parameters[channel] = sums[layout.channels + channel] * scale;
            parameters[layout.channels + channel] = sums[channel];
        }
        for (int64_t channel = begin; channel < end; ++channel) {
            coefficients[channel] = static_cast<float>(-product * scale * scale * scale / count);
            coefficients[layout.channels + channel] = static_cast<float>(-sum * scale / count);
        }
    }
}

/// `gradient` is that before SiLU, and may lie where the result goes.
ST_FOR_EACH_PROCESSOR
void apply_gradient(
    const float *input, const float *gradient, int64_t rows, int64_t channels, const float *scales,
    const float *coefficients, float *output) {
    for (int64_t row = 0; row < rows; ++row) {
        for (int64_t channel = 0; channel < channels; channel += lanes) {
            Floats value, change, mean, factor, slope, shift;
            load(value, input + row * channels + channel);
            load(change, gradient + row * channels + channel);
            load(mean, scales + channel);
            load(factor, scales + channels + channel);
            load(slope, coefficients + channel);
            load(shift, coefficients + channels + channel);
            store(output + row * channels + channel, change * factor + (value - mean) * slope + shift);
        }
    }
}

struct GroupNorm : torch::autograd::Function<GroupNorm> {
    static at::Tensor forward(
        AutogradContext *context, const at::Tensor &input, const at::Tensor &weight, const at::Tensor &bias,
        int64_t groups, double epsilon, bool activates) {
        GroupNormLayout layout(input, groups);
        auto output = at::empty_strided(input.sizes(), input.strides(), input.options());
        auto statistics = at::empty({layout.images, 2, groups}, input.options());
        normalize(
            layout, input.const_data_ptr<float>(), weight.const_data_ptr<float>(), bias.const_data_ptr<float>(), epsilon,
            activates, statistics.mutable_data_ptr<float>(), output.mutable_data_ptr<float>());
        context->save_for_backward({input, weight, bias, statistics});
        context->saved_data["activates"] = activates;
        return output;
    }

    static variable_list backward(AutogradContext *context, const variable_list &changes) {
        auto saved = context->get_saved_variables();
        auto input = saved[0], weight = saved[1], bias = saved[2], change = changes[0];
        const bool activates = context->saved_data["activates"].toBool();
        GroupNormLayout layout(input, saved[3].size(2));
        const int64_t pair = 2 * layout.channels;
        if (!lie_alike(change, input)) {
            change = at::empty_strided(input.sizes(), input.strides(), input.options()).copy_(change);
        }
        auto output = at::empty_strided(input.sizes(), input.strides(), input.options());
        auto weights = at::empty_like(weight), biases = at::empty_like(bias);
        const float *values = input.const_data_ptr<float>(), *gradient = change.const_data_ptr<float>();
        const float *statistics = saved[3].const_data_ptr<float>();
        float *result = output.mutable_data_ptr<float>();
        std::vector<float> scales(layout.images * pair), coefficients(layout.images * pair);
        std::vector<double> parameters(layout.images * pair);
        for (int64_t image = 0; image < layout.images; ++image) {
            spread(
                layout, statistics + image * 2 * layout.groups, weight.const_data_ptr<float>(), &scales[image * pair]);
        }
        in_two_passes(
            layout,
            [&](int64_t image, int64_t offset, int64_t rows, double *sums) {
                add_gradient_sums(
                    values + offset, gradient + offset, rows, layout.channels, &scales[image * pair],
                    bias.const_data_ptr<float>(), activates, result + offset, sums);
            },
            [&](int64_t image, const double *sums) {
                summarize(
                    layout, sums, statistics + image * 2 * layout.groups, weight.const_data_ptr<float>(),
                    &parameters[image * pair], &coefficients[image * pair]);
            },
            [&](int64_t image, int64_t offset, int64_t rows) {
                apply_gradient(
                    values + offset, (activates ? result : gradient) + offset, rows, layout.channels,
                    &scales[image * pair], &coefficients[image * pair], result + offset);
            });
        for (int64_t channel = 0; channel < layout.channels; ++channel) {
            double sums[2] = {0, 0};
            for (int64_t image = 0; image < layout.images; ++image) {
                sums[0] += parameters[image * pair + channel];
                sums[1] += parameters[image * pair + layout.channels + channel];
            }
            weights.mutable_data_ptr<float>()[channel] = static_cast<float>(sums[0]);
            biases.mutable_data_ptr<float>()[channel] = static_cast<float>(sums[1]);
        }
        return {output, weights, biases, at::Tensor(), at::Tensor(), at::Tensor()};
    }
};

}  // namespace

at::Tensor st::normalize_recorded(
    const at::Tensor &input, int64_t groups, const at::Tensor &weight, const at::Tensor &bias, double epsilon,
    bool activates) {
    return GroupNorm::apply(input, weight, bias, groups, epsilon, activates);
}
