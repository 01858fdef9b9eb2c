// The gradient of attention over the frames of each pixel. Only queries, keys and values are kept; the shares are made again.
#include "frame_attention.h"

#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include <memory>

namespace {

using namespace st;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// For each of `count` rows the sum of the asking frames' rows, each times its share, `[count, 16]`; stored, or added to
/// what is there.
ST_INLINE void gather(
    Rows asking, int64_t frames, int64_t width, const float *shares, int64_t count, bool adds, float *output,
    int64_t output_step) {
    for (int64_t part = 0; part < width; part += lanes) {
        for (int64_t begin = 0; begin < count; begin += block) {
            const float *own[block];
            for (int64_t j = 0; j < block; ++j) own[j] = shares + (begin + j < count ? begin + j : count - 1) * lanes;
            Floats sums[block] = {};
            for (int64_t frame = 0; frame < frames; ++frame) {
                Floats value;
                load(value, asking[frame] + part);
#pragma GCC unroll 8
                for (int64_t j = 0; j < block; ++j) sums[j] += value * own[j][frame];
            }
#pragma GCC unroll 8
            for (int64_t j = 0; j < block; ++j) {
                if (begin + j == count) break;
                float *place = output + (begin + j) * output_step + part;
                if (adds) {
                    Floats before;
                    load(before, place);
                    sums[j] += before;
                }
                store(place, sums[j]);
            }
        }
    }
}

/// What came of softmax, `shares`, and the gradient of that, which becomes the gradient of what softmax was applied to, times
/// `scale`.
ST_INLINE void softmax_gradient(int64_t count, const float *shares, float scale, float *changes) {
    Floats total{}, share, change;
    for (int64_t j = 0; j < count; ++j) {
        load(share, shares + j * lanes);
        load(change, changes + j * lanes);
        total += share * change;
    }
    for (int64_t j = 0; j < count; ++j) {
        load(share, shares + j * lanes);
        load(change, changes + j * lanes);
        store(changes + j * lanes, share * (change - total) * scale);
    }
}

/// Numbers of all pixels, rows of `heads · width` without gaps.
struct Places {
    const float *query, *key, *value, *change;
    float *query_change, *key_change, *value_change;
};

/// What one thread needs besides, too much for some threads' stacks.
struct Scratch {
    float columns[widest_head * lanes], shares[most_frames * lanes], changes[most_frames * lanes];
    float keys[most_frames * widest_head], values[most_frames * widest_head];
    float queries[lanes * widest_head], gradients[lanes * widest_head];
};

/// The pixels `begin ..< end` of all videos with all their heads.
ST_FOR_EACH_PROCESSOR
void attend_gradient(
    const FrameAttention &sizes, const Places &places, int64_t begin, int64_t end, Scratch &scratch) {
    float *columns = scratch.columns, *shares = scratch.shares, *changes = scratch.changes;
    const int64_t row_step = sizes.heads * sizes.width, step = sizes.pixels * row_step;
    for (int64_t item = begin; item < end; ++item) {
        for (int64_t head = 0; head < sizes.heads; ++head) {
            const int64_t offset = sizes.row(item, sizes.frames) * row_step + head * sizes.width;
            const int64_t context = sizes.row(item, sizes.keys) * row_step + head * sizes.width;
            const Rows key = gathered({places.key + context, step}, sizes.keys, sizes.width, scratch.keys);
            const Rows value = gathered({places.value + context, step}, sizes.keys, sizes.width, scratch.values);
            for (int64_t first = 0; first < sizes.frames; first += lanes) {
                const int64_t asking = first + lanes < sizes.frames ? lanes : sizes.frames - first;
                const int64_t place = offset + first * step;
                const Rows query = gathered({places.query + place, step}, asking, sizes.width, scratch.queries);
                const Rows change = gathered({places.change + place, step}, asking, sizes.width, scratch.gradients);
                transpose(query, asking, sizes.width, sizes.scale, columns);
                products(key, sizes.keys, sizes.width, columns, shares);
                softmax(sizes.keys, shares);
                gather(change, asking, sizes.width, shares, sizes.keys, first > 0, places.value_change + context, step);
                transpose(change, asking, sizes.width, 1, columns);
                products(value, sizes.keys, sizes.width, columns, changes);
                softmax_gradient(sizes.keys, shares, sizes.scale, changes);
                mix(key, sizes.keys, sizes.width, changes, asking, places.query_change + place, step);
                gather(query, asking, sizes.width, changes, sizes.keys, first > 0, places.key_change + context, step);
            }
        }
    }
}

struct RecordedFrameAttention : torch::autograd::Function<RecordedFrameAttention> {
    static at::Tensor forward(
        AutogradContext *context, const at::Tensor &query, const at::Tensor &key, const at::Tensor &value,
        int64_t videos, int64_t heads) {
        auto q = query.contiguous(), k = key.contiguous(), v = value.contiguous();
        context->save_for_backward({q, k, v});
        context->saved_data["videos"] = videos;
        context->saved_data["heads"] = heads;
        const int64_t steps[] = {q.size(2), k.size(2), v.size(2)};
        return frame_attention(q, k, v, videos, heads, steps);
    }

    static variable_list backward(AutogradContext *context, const variable_list &changes) {
        auto saved = context->get_saved_variables();
        auto change = changes[0].contiguous();
        FrameAttention sizes(
            saved[0], saved[1], context->saved_data["videos"].toInt(), context->saved_data["heads"].toInt());
        variable_list results{
            at::empty_like(saved[0]), at::empty_like(saved[1]), at::empty_like(saved[2]), at::Tensor(), at::Tensor()};
        const Places places{
            saved[0].const_data_ptr<float>(), saved[1].const_data_ptr<float>(), saved[2].const_data_ptr<float>(),
            change.const_data_ptr<float>(), results[0].mutable_data_ptr<float>(),
            results[1].mutable_data_ptr<float>(), results[2].mutable_data_ptr<float>()};
        parallel(sizes.videos * sizes.pixels, [&](int64_t begin, int64_t end) {
            auto scratch = std::make_unique<Scratch>();
            attend_gradient(sizes, places, begin, end, *scratch);
        });
        return results;
    }
};

}  // namespace

at::Tensor st::frame_attention_recorded(
    const at::Tensor &query, const at::Tensor &key, const at::Tensor &value, int64_t videos, int64_t heads) {
    return RecordedFrameAttention::apply(query, key, value, videos, heads);
}
