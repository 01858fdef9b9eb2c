// Linear layers that record gradients: y = x Wᵀ + b, and the gated form a · gelu(b) of the two halves of y.
//
// Where LibTorch would cast to bfloat16, and the processor is fast at products of it in pairs, larger layers round only what
// they multiply, and give float32.
//
// LibTorch writes the bias into the result before the product adds to it, takes the gated form in four passes over memory
// and its gradient in six, and records views and transposes of every layer one by one. What that costs in a training step
// of the embedded model is in docs/performance.md.
#include "vector.h"

#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "internal.h"
#include "pair_products.h"
#include "product.h"

namespace {

using namespace st;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Multiplications below which oneDNN's start costs more than it saves.
constexpr int64_t plain_limit = 1 << 21;

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

/// Puts in the place of rows `[a, b]` their gradient from that of `a · gelu(b)`, and adds all of it to `sums`.
ST_FOR_EACH_PROCESSOR
void gate_gradient(float *rows, const float *gradient, int64_t count, int64_t width, float *sums) {
    for (int64_t row = 0; row < count; ++row, rows += 2 * width, gradient += width) {
        for (int64_t i = 0; i < width; i += lanes) {
            Floats a, b, change, below, density, first, second;
            load(a, rows + i);
            load(b, rows + width + i);
            load(change, gradient + i);
            load(first, sums + i);
            load(second, sums + width + i);
            normal(below, density, b);
            density = change * a * (below + b * density);
            change *= b * below;
            store(rows + i, change);
            store(rows + width + i, density);
            store(sums + i, first + change);
            store(sums + width + i, second + density);
        }
    }
}

void gate(const at::Tensor &wide, const at::Tensor &output) {
    gate(wide.const_data_ptr<float>(), output.size(0), output.size(1), output.mutable_data_ptr<float>());
}

void gate_gradient(const at::Tensor &wide, const at::Tensor &gradient, const at::Tensor &sums) {
    gate_gradient(
        wide.mutable_data_ptr<float>(), gradient.const_data_ptr<float>(), gradient.size(0), gradient.size(1),
        sums.mutable_data_ptr<float>());
}

at::Tensor as_rows(const at::Tensor &tensor) { return tensor.reshape({-1, tensor.size(-1)}).contiguous(); }

std::vector<int64_t> with_last(at::IntArrayRef sizes, int64_t last) {
    auto result = sizes.vec();
    result.back() = last;
    return result;
}

/// Whether recorded products with this weight are to be of bfloat16: where LibTorch casts to it automatically, with a
/// processor that is fast at pairs, and so many rows that ordering the weight pays.
bool wants_pairs(const at::Tensor &input, const at::Tensor &weight) {
    constexpr int64_t fewest_rows = 64;  // a step of training the embedded model is 3 % slower with 256
    return at::autocast::is_autocast_enabled(at::kCPU) && at::autocast::get_autocast_dtype(at::kCPU) == at::kBFloat16 &&
           has_fast_pairs() && weight.dim() == 2 && weight.size(0) % panel == 0 && weight.size(1) % panel == 0 &&
           input.numel() >= fewest_rows * weight.size(1);
}

/// `x Wᵀ + b` of rows, with the bias added before the product goes to memory where oneDNN is there.
at::Tensor product(const at::Tensor &rows, const at::Tensor &weight, const std::optional<at::Tensor> &bias) {
    if (!bias) return at::mm(rows, weight.t());
    using Pointwise = at::Tensor(
        const at::Tensor &, const at::Tensor &, const std::optional<at::Tensor> &, std::string_view,
        c10::List<std::optional<at::Scalar>>, std::optional<std::string_view>);
    static const auto pointwise = c10::Dispatcher::singleton().findSchema({"mkldnn::_linear_pointwise", ""});
    static const bool has_onednn = pointwise && pointwise->hasKernelForDispatchKey(c10::DispatchKey::CPU);
    if (!has_onednn || rows.size(0) * weight.numel() < plain_limit) return at::addmm(*bias, rows, weight.t());
    return pointwise->typed<Pointwise>().call(
        rows, weight, bias, "none", c10::List<std::optional<at::Scalar>>(), "");
}

/// What a forward pass has kept as `in_pairs`.
bool is_in_pairs(AutogradContext *context) {
    const bool in_pairs = context->saved_data["in_pairs"].toBool();
    TORCH_CHECK(!in_pairs || !at::GradMode::is_enabled(), "products in pairs have no second derivative");
    return in_pairs;
}

struct Linear : torch::autograd::Function<Linear> {
    static at::Tensor forward(
        AutogradContext *context, const at::Tensor &input, const at::Tensor &weight,
        const std::optional<at::Tensor> &bias, bool in_pairs) {
        auto rows = as_rows(input);
        context->save_for_backward({rows, weight});
        context->saved_data["sizes"] = input.sizes().vec();
        context->saved_data["has_bias"] = bias.has_value();
        context->saved_data["in_pairs"] = in_pairs;
        at::Tensor result;
        if (in_pairs) {
            result = at::empty({rows.size(0), weight.size(0)}, rows.options());
            multiply_pairs(rows, pairs_of(weight, false), bias.value_or(at::Tensor()), result);
        } else {
            result = product(rows, weight, bias);
        }
        return result.view(with_last(input.sizes(), weight.size(0)));
    }

    static variable_list backward(AutogradContext *context, const variable_list &change) {
        auto saved = context->get_saved_variables();
        auto rows = saved[0], weight = saved[1], wide = as_rows(change[0]);
        const bool in_pairs = is_in_pairs(context);
        at::Tensor input, weights, bias;
        if (context->needs_input_grad(0)) {
            if (in_pairs) {
                input = at::empty_like(rows);
                multiply_pairs(wide, pairs_of(weight, true), at::Tensor(), input);
            } else {
                input = at::mm(wide, weight);
            }
            input = input.view(context->saved_data["sizes"].toIntVector());
        }
        if (context->needs_input_grad(1)) {
            if (in_pairs) {
                weights = at::empty_like(weight);
                multiply_transposed(wide, rows, weights, false);
            } else {
                weights = at::mm(wide.t(), rows);
            }
        }
        if (context->saved_data["has_bias"].toBool() && context->needs_input_grad(2)) bias = at::sum(wide, 0);
        return {input, weights, bias, at::Tensor()};
    }
};

/// Rows of a gated layer that are taken at a time: what they are projected to stays in a core's cache and is made again for
/// the gradient, which takes no more time than to write it to memory and to read it from there.
struct Pieces {
    int64_t rows, count, size;
    bool spreads_pieces;

    explicit Pieces(const at::Tensor &input, const at::Tensor &weight)
        : rows(input.size(0)),
          // A small weight stays in the cache of each core as well. Of a larger one all threads share a product.
          spreads_pieces(weight.numel() <= 1 << 18) {
        size = spreads_pieces ? 256 : 1024;
        count = (rows + size - 1) / size;
    }

    /// Runs `body(first, end)` for parts of all pieces.
    template <typename Body>
    void each(const Body &body) const {
        auto run = [&](int64_t begin, int64_t end) {
            at::AutoDispatchBelowADInplaceOrView unrecorded;
            body(begin, end);
        };
        if (spreads_pieces) {
            parallel(count, run);
        } else {
            run(0, count);
        }
    }

    int64_t length(int64_t piece) const { return std::min(size, rows - piece * size); }
    at::Tensor of(const at::Tensor &tensor, int64_t piece) const {
        return tensor.narrow(0, piece * size, length(piece));
    }
};

/// `x Wᵀ + b` of a piece, in the first rows of `scratch`; with the weight in pairs, if it is there.
at::Tensor project(
    const at::Tensor &rows, const at::Tensor &weight, const at::Tensor &pairs, const at::Tensor &bias,
    const at::Tensor &scratch) {
    auto wide = scratch.narrow(0, 0, rows.size(0));
    if (pairs.defined()) {
        multiply_pairs(rows, pairs, bias, wide);
    } else {
        at::addmm_out(wide, bias, rows, weight.t());
    }
    return wide;
}

/// What the pieces of one thread add to the gradients of weight and bias.
struct Share {
    int64_t begin;
    at::Tensor weight, bias;
};

struct GatedLinear : torch::autograd::Function<GatedLinear> {
    static at::Tensor forward(
        AutogradContext *context, const at::Tensor &input, const at::Tensor &weight, const at::Tensor &bias,
        bool in_pairs) {
        auto rows = as_rows(input);
        const int64_t width = weight.size(0) / 2;
        auto output = at::empty({rows.size(0), width}, rows.options());
        const auto pairs = in_pairs ? pairs_of(weight, false) : at::Tensor();
        const Pieces pieces(rows, weight);
        pieces.each([&](int64_t begin, int64_t end) {
            auto scratch = at::empty({pieces.size, 2 * width}, rows.options());
            for (int64_t piece = begin; piece < end; ++piece) {
                auto wide = project(pieces.of(rows, piece), weight, pairs, bias, scratch);
                gate(wide, pieces.of(output, piece));
            }
        });
        context->save_for_backward({rows, weight, bias});
        context->saved_data["sizes"] = input.sizes().vec();
        context->saved_data["in_pairs"] = in_pairs;
        return output.view(with_last(input.sizes(), width));
    }

    static variable_list backward(AutogradContext *context, const variable_list &change) {
        auto saved = context->get_saved_variables();
        auto rows = saved[0], weight = saved[1], bias = saved[2], narrow = as_rows(change[0]);
        // Asked here, as other threads do not know it.
        const bool needs_input = context->needs_input_grad(0), needs_weight = context->needs_input_grad(1);
        at::Tensor pairs, turned;
        if (is_in_pairs(context)) {
            pairs = pairs_of(weight, false);
            if (needs_input) turned = pairs_of(weight, true);
        }
        const Pieces pieces(rows, weight);
        at::Tensor input;
        if (needs_input) input = at::empty_like(rows);
        std::vector<Share> shares;
        std::mutex lock;
        pieces.each([&](int64_t begin, int64_t end) {
            auto scratch = at::empty({pieces.size, weight.size(0)}, rows.options());
            Share share{begin, at::Tensor(), at::zeros({weight.size(0)}, weight.options())};
            if (needs_weight) share.weight = pairs.defined() ? at::empty_like(weight) : at::zeros_like(weight);
            for (int64_t piece = begin; piece < end; ++piece) {
                auto own = pieces.of(rows, piece);
                auto wide = project(own, weight, pairs, bias, scratch);
                gate_gradient(wide, pieces.of(narrow, piece), share.bias);
                if (needs_input) {
                    auto result = pieces.of(input, piece);
                    if (turned.defined()) {
                        multiply_pairs(wide, turned, at::Tensor(), result);
                    } else {
                        at::mm_out(result, wide, weight);
                    }
                }
                if (!needs_weight) continue;
                if (pairs.defined()) {
                    multiply_transposed(wide, own, share.weight, piece > begin);
                } else {
                    share.weight.addmm_(wide.t(), own);
                }
            }
            std::lock_guard<std::mutex> guard(lock);
            shares.push_back(std::move(share));
        });
        // In the order of the rows, so that the sums are the same with the same number of threads.
        std::sort(shares.begin(), shares.end(), [](auto &a, auto &b) { return a.begin < b.begin; });
        for (size_t index = 1; index < shares.size(); ++index) {
            if (needs_weight) shares[0].weight.add_(shares[index].weight);
            shares[0].bias.add_(shares[index].bias);
        }
        if (needs_input) input = input.view(context->saved_data["sizes"].toIntVector());
        return {input, shares[0].weight, context->needs_input_grad(2) ? shares[0].bias : at::Tensor(),
                at::Tensor()};
    }
};

/// Whether the kernels of this file take these, and their work is recorded.
template <typename... Bias>
bool fits(bool in_pairs, const at::Tensor &input, const at::Tensor &weight, const Bias &...bias) {
    const bool has_type = is_plain(input) || (in_pairs && input.device().is_cpu() && input.scalar_type() == at::kBFloat16);
    return is_recorded(input, weight, bias...) && has_type && is_plain(weight) && input.dim() >= 2 &&
           input.numel() > 0 && weight.dim() == 2 && weight.is_contiguous() && weight.size(1) == input.size(-1) &&
           (... && (is_plain(bias) && bias.is_contiguous() && bias.dim() == 1 && bias.size(0) == weight.size(0))) &&
           (in_pairs || !at::autocast::is_autocast_enabled(at::kCPU));
}

}  // namespace

extern "C" {

STStatus st_linear(STTensor input, STTensor weight, STTensor bias, STTensor *result) {
    return st::guarded([&] {
        auto x = st::borrow(input), w = st::borrow(weight);
        auto b = bias ? std::optional(st::borrow(bias)) : std::nullopt;
        const bool in_pairs = wants_pairs(x, w);
        const bool is_ours = b ? fits(in_pairs, x, w, *b) : fits(in_pairs, x, w);
        *result = st::give(is_ours ? Linear::apply(x.to(at::kFloat), w, b, in_pairs) : at::linear(x, w, b));
    });
}

STStatus st_gated_linear(STTensor input, STTensor weight, STTensor bias, STTensor *result) {
    return st::guarded([&] {
        auto x = st::borrow(input), w = st::borrow(weight), b = st::borrow(bias);
        const bool in_pairs = wants_pairs(x, w);
        if (fits(in_pairs, x, w, b) && w.size(0) % (2 * lanes) == 0) {
            *result = st::give(GatedLinear::apply(x.to(at::kFloat), w, b, in_pairs));
            return;
        }
        auto halves = at::linear(x, w, b).chunk(2, -1);
        *result = st::give(halves[0] * at::gelu(halves[1]));
    });
}

}  // extern "C"
