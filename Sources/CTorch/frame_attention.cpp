// Attention over the frames of each pixel, on tokens that lie frame by frame.
//
// LibTorch's attention wants the frames of a pixel side by side, which costs two copies of the tokens, and takes sequences
// of 16 tokens through blocks made for thousands. That way a denoising step takes 1.03 times as long (embedded size)
// and needs 1.3 times the memory (middle size, 1.73 instead of 1.33 GB): docs/performance.md.
#include "vector.h"

#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "internal.h"

namespace {

using namespace st;

constexpr int64_t most_frames = 64;
constexpr int64_t widest_head = 256;
/// Keys or queries whose sums are kept in registers at a time.
constexpr int64_t block = 8;

/// One head of one pixel: pointers to the first frame and the step from frame to frame.
struct Head {
    const float *query, *key, *value;
    float *output;
    int64_t query_step, key_step, value_step, output_step;
    int64_t frames, keys, width;
    float scale;
};

/// What one thread needs besides; lanes of `queries` and `shares` are the frames that ask.
struct Scratch {
    alignas(64) float queries[widest_head * lanes];
    alignas(64) float shares[most_frames * lanes];
};

/// The frames `first ..< first + count`, at most 16, ask all frames of the context.
ST_INLINE void attend(const Head &head, int64_t first, int64_t count, Scratch &scratch) {
    for (int64_t lane = 0; lane < lanes; ++lane) {
        const float *query = head.query + (first + (lane < count ? lane : 0)) * head.query_step;
        for (int64_t i = 0; i < head.width; ++i) scratch.queries[i * lanes + lane] = query[i] * head.scale;
    }
    Floats highest{};
    highest -= INFINITY;
    for (int64_t begin = 0; begin < head.keys; begin += block) {
        const float *keys[block];
        for (int64_t j = 0; j < block; ++j) {
            int64_t frame = begin + j < head.keys ? begin + j : head.keys - 1;
            keys[j] = head.key + frame * head.key_step;
        }
        Floats sums[block] = {};
        for (int64_t i = 0; i < head.width; ++i) {
            Floats query;
            load(query, scratch.queries + i * lanes);
#pragma GCC unroll 8
            for (int64_t j = 0; j < block; ++j) sums[j] += query * keys[j][i];
        }
#pragma GCC unroll 8
        for (int64_t j = 0; j < block; ++j) {
            if (begin + j == head.keys) break;
            highest = sums[j] > highest ? sums[j] : highest;
            store(scratch.shares + (begin + j) * lanes, sums[j]);
        }
    }
    Floats total{};
    for (int64_t j = 0; j < head.keys; ++j) {
        Floats share;
        load(share, scratch.shares + j * lanes);
        exponential(share, share - highest);
        total += share;
        store(scratch.shares + j * lanes, share);
    }
    Floats inverse = 1.0f / total;
    for (int64_t part = 0; part < head.width; part += lanes) {
        for (int64_t begin = 0; begin < count; begin += block) {
            Floats sums[block] = {};
            for (int64_t j = 0; j < head.keys; ++j) {
                Floats value;
                load(value, head.value + j * head.value_step + part);
                const float *shares = scratch.shares + j * lanes + begin;
#pragma GCC unroll 8
                for (int64_t i = 0; i < block; ++i) sums[i] += value * shares[i];
            }
#pragma GCC unroll 8
            for (int64_t i = 0; i < block; ++i) {
                if (begin + i >= count) break;
                store(head.output + (first + begin + i) * head.output_step + part, sums[i] * inverse[begin + i]);
            }
        }
    }
}

/// The pixels `begin ..< end` of all videos with all their heads.
ST_FOR_EACH_PROCESSOR
void attend_pixels(
    const Head &corner, int64_t pixels, int64_t heads, const int64_t *row_steps, int64_t begin, int64_t end) {
    Scratch scratch;
    for (int64_t item = begin; item < end; ++item) {
        // Rows of tokens are videos × frames × pixels.
        int64_t row = item / pixels * corner.frames * pixels + item % pixels;
        int64_t context_row = item / pixels * corner.keys * pixels + item % pixels;
        for (int64_t index = 0; index < heads; ++index) {
            Head head = corner;
            head.query += row * row_steps[0] + index * head.width;
            head.key += context_row * row_steps[1] + index * head.width;
            head.value += context_row * row_steps[2] + index * head.width;
            head.output += row * row_steps[3] + index * head.width;
            for (int64_t first = 0; first < head.frames; first += lanes) {
                attend(head, first, first + lanes < head.frames ? lanes : head.frames - first, scratch);
            }
        }
    }
}

bool fits(const at::Tensor &tokens, int64_t videos, int64_t heads) {
    // Under automatic casting the projections of these tokens would be of another type.
    if (at::GradMode::is_enabled() || at::autocast::is_autocast_enabled(at::kCPU) || !tokens.device().is_cpu() || tokens.scalar_type() != at::kFloat ||
        tokens.dim() != 3 || tokens.numel() == 0 || heads < 1 || videos < 1) {
        return false;
    }
    int64_t width = tokens.size(2) / heads;
    return tokens.size(0) % videos == 0 && tokens.size(0) / videos <= most_frames && width * heads == tokens.size(2) &&
           width % lanes == 0 && width <= widest_head;
}

bool fit(const at::Tensor &tokens, const at::Tensor &context, int64_t videos, int64_t heads) {
    return fits(tokens, videos, heads) && fits(context, videos, heads) && tokens.size(1) == context.size(1);
}

/// The step from one row of numbers to the next, where it is always the same; else 0.
int64_t row_step(const at::Tensor &tensor) {
    if (tensor.stride(2) != 1) return 0;
    if (tensor.size(1) == 1) return tensor.stride(0);  // the other stride means nothing then
    bool isEven = tensor.size(0) == 1 || tensor.stride(0) == tensor.size(1) * tensor.stride(1);
    return isEven ? tensor.stride(1) : 0;
}

}  // namespace

extern "C" {

STStatus st_frame_attention(
    STTensor query, STTensor key, STTensor value, int64_t videos, int64_t heads, STTensor *result) {
    return st::guarded([&] {
        auto q = st::borrow(query), k = st::borrow(key), v = st::borrow(value);
        const int64_t steps[] = {row_step(q), row_step(k), row_step(v), q.size(2)};
        TORCH_CHECK(
            fit(q, k, videos, heads) && fit(k, v, videos, heads) && q.size(2) == k.size(2) && k.sizes() == v.sizes() &&
                steps[0] && steps[1] && steps[2],
            "attention across frames of ", videos, " videos in ", heads, " heads does not take ", q.sizes(), ", ",
            k.sizes(), " and ", v.sizes());
        int64_t pixels = q.size(1), width = q.size(2) / heads;
        auto output = at::empty(q.sizes(), q.options());
        Head corner{
            q.const_data_ptr<float>(), k.const_data_ptr<float>(), v.const_data_ptr<float>(),
            output.mutable_data_ptr<float>(), pixels * steps[0], pixels * steps[1], pixels * steps[2],
            pixels * steps[3], q.size(0) / videos, k.size(0) / videos, width, 1 / std::sqrt(static_cast<float>(width))};
        parallel(videos * pixels, [&](int64_t begin, int64_t end) {
            attend_pixels(corner, pixels, heads, steps, begin, end);
        });
        *result = st::give(std::move(output));
    });
}

bool st_frame_attention_fits(STTensor tokens, STTensor context, int64_t videos, int64_t heads) {
    return fit(st::borrow(tokens), st::borrow(context), videos, heads);
}

}  // extern "C"
