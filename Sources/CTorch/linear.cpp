// Linear layers that record gradients: y = x Wᵀ + b, and the gated form a · gelu(b) of the two halves of y.
//
// LibTorch writes the bias into the result before the product adds to it, takes the gated form in four passes over memory
// and its gradient in six, and records views and transposes of every layer one by one. What that costs in a training step
// of the embedded model is in docs/performance.md.
#include "vector.h"

#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/sum.h>
#include <torch/csrc/autograd/custom_function.h>

#include "internal.h"

namespace {

using namespace st;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Multiplications below which oneDNN's start costs more than it saves.
constexpr int64_t plain_limit = 1 << 21;

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

/// `output = a · gelu(b)` of rows `[a, b]`.
ST_FOR_EACH_PROCESSOR
void gate(const float *input, int64_t rows, int64_t width, float *output) {
    for (int64_t row = 0; row < rows; ++row, input += 2 * width, output += width) {
        for (int64_t i = 0; i < width; i += lanes) {
            Floats a, b, below, density;
            load(a, input + i);
            load(b, input + width + i);
            normal(below, density, b);
            store(output + i, a * b * below);
        }
    }
}

/// The gradient of rows `[a, b]` from that of `a · gelu(b)`.
ST_FOR_EACH_PROCESSOR
void gate_gradient(const float *input, const float *gradient, int64_t rows, int64_t width, float *output) {
    for (int64_t row = 0; row < rows; ++row, input += 2 * width, gradient += width, output += 2 * width) {
        for (int64_t i = 0; i < width; i += lanes) {
            Floats a, b, change, below, density;
            load(a, input + i);
            load(b, input + width + i);
            load(change, gradient + i);
            normal(below, density, b);
            store(output + i, change * b * below);
            store(output + width + i, change * a * (below + b * density));
        }
    }
}

at::Tensor as_rows(const at::Tensor &tensor) { return tensor.reshape({-1, tensor.size(-1)}).contiguous(); }

std::vector<int64_t> with_last(at::IntArrayRef sizes, int64_t last) {
    auto result = sizes.vec();
    result.back() = last;
    return result;
}

/// `x Wᵀ + b` of rows, with the bias added before the product goes to memory where oneDNN is there.
at::Tensor product(const at::Tensor &rows, const at::Tensor &weight, const std::optional<at::Tensor> &bias) {
    if (!bias) return at::mm(rows, weight.t());
    using Pointwise = at::Tensor(
        const at::Tensor &, const at::Tensor &, const std::optional<at::Tensor> &, std::string_view,
        c10::List<std::optional<at::Scalar>>, std::optional<std::string_view>);
    static const auto pointwise = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
    if (!pointwise || rows.size(0) * weight.numel() < plain_limit) return at::addmm(*bias, rows, weight.t());
    return pointwise->typed<Pointwise>().call(
        rows, weight, bias, "none", c10::List<std::optional<at::Scalar>>(), "");
}

variable_list gradients(
    AutogradContext *context, const at::Tensor &rows, const at::Tensor &weight, const at::Tensor &change) {
    at::Tensor input, weights, bias;
    if (context->needs_input_grad(0)) {
        input = at::mm(change, weight).view(with_last(context->saved_data["sizes"].toIntVector(), rows.size(1)));
    }
    if (context->needs_input_grad(1)) weights = at::mm(change.t(), rows);
    if (context->saved_data["has_bias"].toBool() && context->needs_input_grad(2)) bias = at::sum(change, 0);
    return {input, weights, bias};
}

struct Linear : torch::autograd::Function<Linear> {
    static at::Tensor forward(
        AutogradContext *context, const at::Tensor &input, const at::Tensor &weight,
        const std::optional<at::Tensor> &bias) {
        auto rows = as_rows(input);
        context->save_for_backward({rows, weight});
        context->saved_data["sizes"] = input.sizes().vec();
        context->saved_data["has_bias"] = bias.has_value();
        return product(rows, weight, bias).view(with_last(input.sizes(), weight.size(0)));
    }

    static variable_list backward(AutogradContext *context, const variable_list &change) {
        auto saved = context->get_saved_variables();
        return gradients(context, saved[0], saved[1], as_rows(change[0]));
    }
};

struct GatedLinear : torch::autograd::Function<GatedLinear> {
    static at::Tensor forward(
        AutogradContext *context, const at::Tensor &input, const at::Tensor &weight,
        const std::optional<at::Tensor> &bias) {
        auto rows = as_rows(input);
        auto wide = product(rows, weight, bias);
        int64_t width = wide.size(1) / 2;
        auto output = at::empty({wide.size(0), width}, wide.options());
        parallel(wide.size(0), [&](int64_t begin, int64_t end) {
            gate(wide.const_data_ptr<float>() + begin * 2 * width, end - begin, width,
                 output.mutable_data_ptr<float>() + begin * width);
        });
        context->save_for_backward({rows, weight, wide});
        context->saved_data["sizes"] = input.sizes().vec();
        context->saved_data["has_bias"] = bias.has_value();
        return output.view(with_last(input.sizes(), width));
    }

    static variable_list backward(AutogradContext *context, const variable_list &change) {
        auto saved = context->get_saved_variables();
        auto wide = saved[2], narrow = as_rows(change[0]);
        int64_t width = narrow.size(1);
        auto both = at::empty_like(wide);
        parallel(wide.size(0), [&](int64_t begin, int64_t end) {
            gate_gradient(
                wide.const_data_ptr<float>() + begin * 2 * width, narrow.const_data_ptr<float>() + begin * width,
                end - begin, width, both.mutable_data_ptr<float>() + begin * 2 * width);
        });
        return gradients(context, saved[0], saved[1], both);
    }
};

bool is_plain(const at::Tensor &tensor) { return tensor.device().is_cpu() && tensor.scalar_type() == at::kFloat; }

std::optional<at::Tensor> borrow_if_any(STTensor tensor) {
    return tensor ? std::optional(borrow(tensor)) : std::nullopt;
}

/// Whether gradients are recorded and all numbers are float32 on the CPU, so that this file's functions apply.
bool records(const at::Tensor &input, const at::Tensor &weight, const std::optional<at::Tensor> &bias) {
    bool fits = is_plain(input) && is_plain(weight) && input.dim() >= 2 && input.numel() > 0 && weight.dim() == 2 &&
                weight.is_contiguous() && weight.size(1) == input.size(-1);
    bool trains = input.requires_grad() || weight.requires_grad();
    if (bias) {
        fits = fits && is_plain(*bias) && bias->dim() == 1 && bias->size(0) == weight.size(0);
        trains = trains || bias->requires_grad();
    }
    return fits && trains && at::GradMode::is_enabled() && !at::autocast::is_autocast_enabled(at::kCPU);
}

}  // namespace

extern "C" {

STStatus st_linear(STTensor input, STTensor weight, STTensor bias, STTensor *result) {
    return st::guarded([&] {
        auto x = st::borrow(input), w = st::borrow(weight);
        auto b = borrow_if_any(bias);
        *result = st::give(records(x, w, b) ? Linear::apply(x, w, b) : at::linear(x, w, b));
    });
}

STStatus st_gated_linear(STTensor input, STTensor weight, STTensor bias, STTensor *result) {
    return st::guarded([&] {
        auto x = st::borrow(input), w = st::borrow(weight);
        auto b = borrow_if_any(bias);
        if (records(x, w, b) && w.size(0) % (2 * lanes) == 0) {
            *result = st::give(GatedLinear::apply(x, w, b));
            return;
        }
        auto halves = at::linear(x, w, b).chunk(2, -1);
        *result = st::give(halves[0] * at::gelu(halves[1]));
    });
}

}  // extern "C"
