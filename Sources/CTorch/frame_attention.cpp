// Attention over the frames of each pixel, on tokens that lie frame by frame.
//
// LibTorch's attention wants the frames of a pixel side by side, which costs two copies of the tokens, and takes sequences
// of 16 tokens through blocks made for thousands. That way a denoising step takes 1.03 times as long (embedded size)
// and needs 1.3 times the memory (middle size, 1.73 instead of 1.33 GB): docs/performance.md.
#include "frame_attention.h"

#include <ATen/autocast_mode.h>

#include <memory>

#include "internal.h"

namespace {

using namespace st;

/// Where the numbers of all pixels are, and how far their rows are apart.
struct Places {
    Rows query, key, value;
    float *output;
    int64_t output_step;
};

/// What one thread needs besides, too much for some threads' stacks.
struct Scratch {
    float queries[widest_head * lanes], shares[most_frames * lanes];
    float keys[most_frames * widest_head], values[most_frames * widest_head];
};

/// The pixels `begin ..< end` of all videos with all their heads.
ST_FOR_EACH_PROCESSOR
void attend(const FrameAttention &sizes, const Places &places, int64_t begin, int64_t end, Scratch &scratch) {
    for (int64_t item = begin; item < end; ++item) {
        const int64_t row = sizes.row(item, sizes.frames), context_row = sizes.row(item, sizes.keys);
        // Frames of a pixel are all pixels apart.
        for (int64_t head = 0; head < sizes.heads; ++head) {
            const int64_t offset = head * sizes.width;
            const Rows query{places.query[row] + offset, sizes.pixels * places.query.step};
            const Rows key = gathered(
                {places.key[context_row] + offset, sizes.pixels * places.key.step}, sizes.keys, sizes.width, scratch.keys);
            const Rows value = gathered(
                {places.value[context_row] + offset, sizes.pixels * places.value.step}, sizes.keys, sizes.width, scratch.values);
            float *output = places.output + row * places.output_step + offset;
            const int64_t step = sizes.pixels * places.output_step;
            for (int64_t first = 0; first < sizes.frames; first += lanes) {
                const int64_t asking = first + lanes < sizes.frames ? lanes : sizes.frames - first;
                transpose({query[first], query.step}, asking, sizes.width, sizes.scale, scratch.queries);
                products(key, sizes.keys, sizes.width, scratch.queries, scratch.shares);
                softmax(sizes.keys, scratch.shares);
                mix(value, sizes.keys, sizes.width, scratch.shares, asking, output + first * step, step);
            }
        }
    }
}

bool fits(const at::Tensor &tokens, int64_t videos, int64_t heads) {
    bool is_cast = at::autocast::is_autocast_enabled(at::kCPU);
    if (!tokens.device().is_cpu() || (tokens.scalar_type() != at::kFloat && !is_cast) || tokens.dim() != 3 ||
        tokens.numel() == 0 || heads < 1 || videos < 1) {
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

at::Tensor st::frame_attention(
    const at::Tensor &query, const at::Tensor &key, const at::Tensor &value, int64_t videos, int64_t heads,
    const int64_t *steps) {
    FrameAttention sizes(query, key, videos, heads);
    auto output = at::empty(query.sizes(), query.options());
    const Places places{
        {query.const_data_ptr<float>(), steps[0]}, {key.const_data_ptr<float>(), steps[1]},
        {value.const_data_ptr<float>(), steps[2]}, output.mutable_data_ptr<float>(), query.size(2)};
    parallel(videos * sizes.pixels, [&](int64_t begin, int64_t end) {
        auto scratch = std::make_unique<Scratch>();
        attend(sizes, places, begin, end, *scratch);
    });
    return output;
}

extern "C" {

STStatus st_frame_attention(
    STTensor query, STTensor key, STTensor value, int64_t videos, int64_t heads, STTensor *result) {
    return st::guarded([&] {
        auto q = st::borrow(query), k = st::borrow(key), v = st::borrow(value);
        // Automatic casting makes the projections in another type.
        if (at::autocast::is_autocast_enabled(at::kCPU)) q = q.to(at::kFloat), k = k.to(at::kFloat), v = v.to(at::kFloat);
        const int64_t steps[] = {row_step(q), row_step(k), row_step(v)};
        TORCH_CHECK(
            fit(q, k, videos, heads) && fit(k, v, videos, heads) && q.size(2) == k.size(2) && k.sizes() == v.sizes() &&
                steps[0] && steps[1] && steps[2],
            "attention across frames of ", videos, " videos in ", heads, " heads does not take ", q.sizes(), ", ",
            k.sizes(), " and ", v.sizes());
        *result = st::give(
            is_recorded(q, k, v) ? frame_attention_recorded(q, k, v, videos, heads)
                    : frame_attention(q, k, v, videos, heads, steps));
    });
}

bool st_frame_attention_fits(STTensor tokens, STTensor context, int64_t videos, int64_t heads) {
    return fit(st::borrow(tokens), st::borrow(context), videos, heads);
}

}  // extern "C"
