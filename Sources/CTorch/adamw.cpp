// One step of AdamW over all parameters of a network: norm of the gradients, clipping, update.
//
// LibTorch takes a pass for each of the three, goes through hundreds of small tensors one after the other on one thread, and
// counts the steps of each in an operation of its own: with it a training step of the embedded model takes 1.03 times as
// long (docs/performance.md). It is kept with the other kernels of training, which earn more together.
#include "vector.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/_foreach_add.h>
#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "internal.h"

namespace {

using namespace st;

/// Numbers that one thread takes at a time.
constexpr int64_t piece_size = 1 << 14;
/// Vectors that are summed up in float before they are added to a sum in double.
constexpr int64_t vectors_per_sum = 16;

/// The parameters that have a gradient, and what belongs to each.
struct Active {
    std::vector<at::Tensor> values, gradients, first, second, steps;
};

/// A part of one parameter.
struct Piece {
    float *value;
    const float *gradient;
    float *first, *second;
    int64_t count;
    /// What the gradient, the new mean, and the root of the new mean of squares are multiplied with.
    float clip, rate, unbias;
};

ST_FOR_EACH_PROCESSOR
double squares(const float *numbers, int64_t count) {
    double total = 0;
    int64_t index = 0;
    while (index + lanes <= count) {
        Floats sum{}, value;
        int64_t end = std::min(index + vectors_per_sum * lanes, count - count % lanes);
        for (; index < end; index += lanes) {
            load(value, numbers + index);
            sum += value * value;
        }
        for (int64_t lane = 0; lane < lanes; ++lane) total += sum[lane];
    }
    for (; index < count; ++index) total += static_cast<double>(numbers[index]) * numbers[index];
    return total;
}

ST_FOR_EACH_PROCESSOR
void update(const Piece &piece, const STAdamW &settings, double learning_rate) {
    float *__restrict value = piece.value;
    const float *__restrict gradient = piece.gradient;
    float *__restrict first = piece.first;
    float *__restrict second = piece.second;
    const float kept = static_cast<float>(1 - learning_rate * settings.weight_decay);
    const float taken1 = static_cast<float>(1 - settings.beta1), kept2 = static_cast<float>(settings.beta2);
    const float taken2 = static_cast<float>(1 - settings.beta2), epsilon = static_cast<float>(settings.epsilon);
    const float clip = piece.clip, rate = piece.rate, unbias = piece.unbias;
    for (int64_t i = 0; i < piece.count; ++i) {
        float change = gradient[i] * clip;
        float mean = first[i] + (change - first[i]) * taken1;
        float square = second[i] * kept2 + change * change * taken2;
        first[i] = mean;
        second[i] = square;
        value[i] = value[i] * kept - mean * rate / (__builtin_sqrtf(square) * unbias + epsilon);
    }
}

/// Runs `body(piece index, parameter, first number, count)` for all pieces on LibTorch's threads.
template <typename Body>
void for_each_piece(const std::vector<at::Tensor> &tensors, const Body &body) {
    std::vector<std::pair<int64_t, int64_t>> pieces;
    for (size_t index = 0; index < tensors.size(); ++index) {
        for (int64_t begin = 0; begin < tensors[index].numel(); begin += piece_size) pieces.emplace_back(index, begin);
    }
    parallel(static_cast<int64_t>(pieces.size()), [&](int64_t begin, int64_t end) {
        for (int64_t piece = begin; piece < end; ++piece) {
            auto [index, first] = pieces[piece];
            body(piece, index, first, std::min(piece_size, tensors[index].numel() - first));
        }
    });
}

int64_t piece_count(const std::vector<at::Tensor> &tensors) {
    int64_t count = 0;
    for (const auto &tensor : tensors) count += (tensor.numel() + piece_size - 1) / piece_size;
    return count;
}

/// The L2 norm of all numbers; the same with any number of threads.
double norm(const std::vector<at::Tensor> &tensors) {
    std::vector<double> sums(piece_count(tensors));
    for_each_piece(tensors, [&](int64_t piece, int64_t index, int64_t begin, int64_t count) {
        sums[piece] = squares(tensors[index].const_data_ptr<float>() + begin, count);
    });
    double total = 0;
    for (double sum : sums) total += sum;
    return std::sqrt(total);
}

/// Whether the kernel takes all that belongs to a parameter.
bool is_plain(const Active &active, size_t index) {
    return active.values[index].is_non_overlapping_and_dense() && st::is_plain(active.values[index]) &&
           st::is_plain(active.gradients[index]) && st::is_plain(active.first[index]) &&
           st::is_plain(active.second[index]) && st::is_plain(active.steps[index]);
}

void step_plain(const Active &active, const STAdamW &settings, double learning_rate, double clip) {
    std::vector<Piece> pieces(active.values.size());
    for (size_t index = 0; index < pieces.size(); ++index) {
        float &step = *active.steps[index].mutable_data_ptr<float>();
        step += 1;
        pieces[index] = {
            active.values[index].mutable_data_ptr<float>(), active.gradients[index].const_data_ptr<float>(),
            active.first[index].mutable_data_ptr<float>(), active.second[index].mutable_data_ptr<float>(), 0,
            static_cast<float>(clip), static_cast<float>(learning_rate / (1 - std::pow(settings.beta1, step))),
            static_cast<float>(1 / std::sqrt(1 - std::pow(settings.beta2, step)))};
    }
    for_each_piece(active.values, [&](int64_t, int64_t index, int64_t begin, int64_t count) {
        Piece piece = pieces[index];
        piece.value += begin, piece.gradient += begin, piece.first += begin, piece.second += begin;
        piece.count = count;
        update(piece, settings, learning_rate);
    });
    // A graph that was recorded with the numbers before must not be gone through with those behind.
    for (const auto &value : active.values) value.unsafeGetTensorImpl()->bump_version();
}

/// By LibTorch, for other types and devices.
void step_by_libtorch(const Active &active, const STAdamW &settings, double learning_rate, double clip) {
    if (clip < 1) at::_foreach_mul_(active.gradients, clip);
    at::_foreach_add_(active.steps, 1);
    at::_fused_adamw_(
        active.values, active.gradients, active.first, active.second, {}, active.steps, learning_rate, settings.beta1,
        settings.beta2, settings.weight_decay, settings.epsilon, false, false);
}

}  // namespace

extern "C" {

STStatus st_adamw(
    const STTensor *values, const STTensor *first, const STTensor *second, const STTensor *steps, int64_t count,
    const STAdamW *settings, double learning_rate, double *result) {
    return st::guarded([&] {
        c10::AutoGradMode off(false);
        Active active;
        for (int64_t index = 0; index < count; ++index) {
            auto value = st::borrow(values[index]);
            auto gradient = value.grad();
            if (!gradient.defined()) continue;
            // All memories are read in the same order.
            if (!st::lie_alike(gradient, value)) gradient = at::empty_like(value).copy_(gradient);
            TORCH_CHECK(
                st::lie_alike(st::borrow(first[index]), value) && st::lie_alike(st::borrow(second[index]), value),
                "a parameter of shape ", value.sizes(), " was laid out anew after its optimizer was made");
            active.values.push_back(value);
            active.gradients.push_back(gradient);
            active.first.push_back(st::borrow(first[index]));
            active.second.push_back(st::borrow(second[index]));
            active.steps.push_back(st::borrow(steps[index]));
        }
        *result = 0;
        if (active.values.empty()) return;
        bool plain = true;
        for (size_t index = 0; index < active.values.size(); ++index) plain = plain && is_plain(active, index);
        *result = plain ? norm(active.gradients)
                        : at::linalg_vector_norm(at::stack(at::_foreach_norm(active.gradients, 2)), 2).item<double>();
        double clip = *result > settings->gradient_clip ? settings->gradient_clip / *result : 1;
        (plain ? step_plain : step_by_libtorch)(active, *settings, learning_rate, clip);
        for (auto &value : active.values) value.mutable_grad() = at::Tensor();
    });
}

}  // extern "C"
