// What the forward and the backward pass of attention over frames are made of.
//
// Sixteen frames that ask are taken at once, one in each lane of a vector.
#pragma once

#include <ATen/core/Tensor.h>

#include <cmath>
#include <utility>

#include "vector.h"

namespace st {

constexpr int64_t most_frames = 64;
constexpr int64_t widest_head = 256;
/// Rows whose sums are kept in registers at a time.
constexpr int64_t block = 8;

/// Rows of numbers: the first one, and the step from one to the next.
struct Rows {
    const float *first;
    int64_t step;

    const float *operator[](int64_t row) const { return first + row * step; }
};

/// Copies rows to lie side by side: at a power of two from each other, they would push each other out of the cache.
ST_INLINE Rows gathered(Rows rows, int64_t count, int64_t width, float *place) {
    for (int64_t row = 0; row < count; ++row) {
        for (int64_t i = 0; i < width; i += lanes) {
            Floats numbers;
            load(numbers, rows[row] + i);
            store(place + row * width + i, numbers);
        }
    }
    return {place, width};
}

/// Exchanges the squares of `distance` lanes beside the diagonal of two rows.
template <int distance, size_t... lane>
ST_INLINE void exchange(Floats &first, Floats &second, std::index_sequence<lane...>) {
    Floats low = __builtin_shufflevector(first, second, (lane & distance ? 16 + lane - distance : lane)...);
    second = __builtin_shufflevector(first, second, (lane & distance ? 16 + lane : lane + distance)...);
    first = low;
}

template <int distance>
ST_INLINE void exchange(Floats *rows) {
#pragma GCC unroll 16
    for (int row = 0; row < lanes; ++row) {
        if (!(row & distance)) exchange<distance>(rows[row], rows[row + distance], std::make_index_sequence<16>());
    }
}

/// Writes up to 16 rows as columns, `[width, 16]`, times `scale`; lanes without a row get that of the first.
ST_INLINE void transpose(Rows rows, int64_t count, int64_t width, float scale, float *columns) {
    for (int64_t part = 0; part < width; part += lanes) {
        Floats square[lanes];
#pragma GCC unroll 16
        for (int64_t lane = 0; lane < lanes; ++lane) {
            load(square[lane], rows[lane < count ? lane : 0] + part);
            square[lane] *= scale;
        }
        exchange<8>(square);
        exchange<4>(square);
        exchange<2>(square);
        exchange<1>(square);
#pragma GCC unroll 16
        for (int64_t i = 0; i < lanes; ++i) store(columns + (part + i) * lanes, square[i]);
    }
}

/// Products of each row with all columns, `[count, 16]`.
ST_INLINE void products(Rows rows, int64_t count, int64_t width, const float *columns, float *result) {
    for (int64_t begin = 0; begin < count; begin += block) {
        const float *some[block];
        for (int64_t j = 0; j < block; ++j) some[j] = rows[begin + j < count ? begin + j : count - 1];
        Floats sums[block] = {};
        for (int64_t i = 0; i < width; ++i) {
            Floats column;
            load(column, columns + i * lanes);
#pragma GCC unroll 8
            for (int64_t j = 0; j < block; ++j) sums[j] += column * some[j][i];
        }
#pragma GCC unroll 8
        for (int64_t j = 0; j < block; ++j) {
            if (begin + j == count) break;
            store(result + (begin + j) * lanes, sums[j]);
        }
    }
}

/// Softmax of each column of `[count, 16]`, in its place.
ST_INLINE void softmax(int64_t count, float *shares) {
    Floats highest{}, total{}, share;
    highest -= INFINITY;
    for (int64_t j = 0; j < count; ++j) {
        load(share, shares + j * lanes);
        highest = share > highest ? share : highest;
    }
    for (int64_t j = 0; j < count; ++j) {
        load(share, shares + j * lanes);
        exponential(share, share - highest);
        total += share;
        store(shares + j * lanes, share);
    }
    Floats inverse = 1.0f / total;
    for (int64_t j = 0; j < count; ++j) {
        load(share, shares + j * lanes);
        store(shares + j * lanes, share * inverse);
    }
}

/// For each of `asking` ≤ 16 frames the sum of all rows, each times its share, `[count, 16]`.
ST_INLINE void mix(
    Rows rows, int64_t count, int64_t width, const float *shares, int64_t asking, float *output, int64_t output_step) {
    for (int64_t part = 0; part < width; part += lanes) {
        for (int64_t begin = 0; begin < asking; begin += block) {
            Floats sums[block] = {};
            for (int64_t j = 0; j < count; ++j) {
                Floats value;
                load(value, rows[j] + part);
                const float *own = shares + j * lanes + begin;
#pragma GCC unroll 8
                for (int64_t i = 0; i < block; ++i) sums[i] += value * own[i];
            }
#pragma GCC unroll 8
            for (int64_t i = 0; i < block; ++i) {
                if (begin + i >= asking) break;
                store(output + (begin + i) * output_step + part, sums[i]);
            }
        }
    }
}

/// Queries, keys and values `[videos · frames, pixels, heads · width]`.
struct FrameAttention {
    int64_t videos, heads, pixels, frames, keys, width;
    float scale;

    FrameAttention(const at::Tensor &query, const at::Tensor &key, int64_t videos, int64_t heads)
        : videos(videos),
          heads(heads),
          pixels(query.size(1)),
          frames(query.size(0) / videos),
          keys(key.size(0) / videos),
          width(query.size(2) / heads),
          scale(1 / std::sqrt(static_cast<float>(width))) {}

    /// The first row of one pixel among the videos' `count` frames each.
    int64_t row(int64_t item, int64_t count) const { return item / pixels * count * pixels + item % pixels; }
};

/// The same as st_frame_attention, recorded for gradients.
at::Tensor frame_attention_recorded(
    const at::Tensor &query, const at::Tensor &key, const at::Tensor &value, int64_t videos, int64_t heads);

/// The sums of ``mix`` of all values, where rows of each tensor are `steps` numbers apart.
at::Tensor frame_attention(
    const at::Tensor &query, const at::Tensor &key, const at::Tensor &value, int64_t videos, int64_t heads,
    const int64_t *steps);

}  // namespace st
