// Convolutions with three points along both axes of an image, or along its rows: in tiles of 4 results 6 products instead of
// 12 along each axis, in tiles of 2 results 4 instead of 6.
//
// Source: Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks", CVPR 2016, sections 3 and 4. For tiles of 4
// the points are not theirs (0, ±1, ±2): with these, float32 loses hardly more digits than when it convolves directly
// (docs/performance.md).
#include "winograd.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cmath>

#include "product.h"

namespace {

using namespace st;

/// The tiles of images `[N, C, H, W]`, in which C lies side by side.
struct Tiles {
    int64_t height, width;
    /// Results of a tile along each axis, and numbers that they are made from.
    int64_t tall, wide, tall_points, wide_points;
    int64_t rows, columns, count;

    Tiles(const at::Tensor &images, const WinogradForm &form)
        : height(images.size(2)), width(images.size(3)),
          tall(form.results), wide(form.is_square ? form.results : 1),
          tall_points(tall + 2), wide_points(form.is_square ? wide + 2 : 1),
          rows((height + tall - 1) / tall), columns((width + wide - 1) / wide), count(images.size(0) * rows * columns) {}
};

/// Addresses of the pixels of a tile, row by row; null for those outside of the image.
template <typename Number>
struct Pixels {
    Number *at[WinogradForm::most_points];

    /// The pixels that a tile reads, one more than it writes on each side, or those that it writes.
    Pixels(const Tiles &tiles, int64_t tile, Number *data, const at::Tensor &images, bool reads) {
        const int64_t image = tile / (tiles.rows * tiles.columns), within = tile % (tiles.rows * tiles.columns);
        const int64_t tall = reads ? tiles.tall_points : tiles.tall, wide = reads ? tiles.wide_points : tiles.wide;
        const int64_t top = within / tiles.columns * tiles.tall - (tall - tiles.tall) / 2;
        const int64_t left = within % tiles.columns * tiles.wide - (wide - tiles.wide) / 2;
        for (int64_t index = 0; index < tall * wide; ++index) {
            const int64_t row = top + index / wide, column = left + index % wide;
            const bool is_inside = row >= 0 && row < tiles.height && column >= 0 && column < tiles.width;
            at[index] = is_inside ? data + image * images.stride(0) + row * images.stride(2) + column * images.stride(3)
                                  : nullptr;
        }
    }
};

/// All work for tiles on one thread: their numbers at the points, a product at each of them, and the results.
struct Convolution {
    const WinogradForm form;
    const Tiles tiles;
    const at::Tensor &input;
    const Weights weights;
    const float *scales, *bias;
    const at::Tensor &output;

    /// Bytes that so many tiles at once need beside input and output.
    int64_t scratch_bytes(int64_t count) const {
        return form.points() * count *
               (weights.inputs * static_cast<int64_t>(c10::elementSize(weights.row_type())) +
                weights.outputs * static_cast<int64_t>(sizeof(float)));
    }

    /// `Number` is the weights' row type.
    template <typename Number>
    void run(int64_t begin, int64_t end, void *scratch) const {
        const int64_t inputs = weights.inputs, outputs = weights.outputs, count = end - begin;
        auto *products = static_cast<float *>(scratch);
        auto *values = reinterpret_cast<Number *>(products + form.points() * count * outputs);
        for (int64_t tile = begin; tile < end; ++tile) {
            const Pixels<const float> pixels(tiles, tile, input.const_data_ptr<float>(), input, true);
            read_tile(form, pixels.at, inputs, values + (tile - begin) * inputs, count * inputs);
        }
        for (int64_t point = 0; point < form.points(); ++point) {
            multiply(
                ProductRows(values + point * count * inputs, count, weights), weights.from(point, 0), outputs,
                products + point * count * outputs, outputs, false);
        }
        for (int64_t tile = begin; tile < end; ++tile) {
            const Pixels<float> pixels(tiles, tile, output.mutable_data_ptr<float>(), output, false);
            write_tile(form, products + (tile - begin) * outputs, count * outputs, outputs, scales, bias, pixels.at);
        }
    }
};

/// Into how many blocks tiles are shared: so small that they stay in a core's cache, but where weights do not stay there
/// either, so large that those need not come often; and as many for each thread.
int64_t block_count(const Weights &weights, int64_t tiles) {
    // Pairs were measured on Zen 5, the others on an Intel processor, whose caches are larger.
    const int64_t kept = int64_t(weights.are_paired ? 16 : 64) << 20;
    const int64_t size = weights.nbytes() <= kept ? 42 : 112, threads = at::get_num_threads();
    const int64_t blocks = (tiles + size - 1) / size;
    return std::min((blocks + threads - 1) / threads * threads, tiles);
}

/// Multiplies the numbers by a power of two that brings the largest to 2¹² … 2¹³, well within the range of float16, and
/// gives what takes that back.
float bring_into_range(double *values, int64_t count) {
    double largest = 0;
    for (int64_t index = 0; index < count; ++index) largest = std::max(largest, std::abs(values[index]));
    if (largest == 0 || !std::isfinite(largest)) return 1;
    const int exponent = std::clamp(12 - std::ilogb(largest), -120, 120);
    for (int64_t index = 0; index < count; ++index) values[index] = std::ldexp(values[index], exponent);
    return std::ldexp(1.0f, -exponent);
}

}  // namespace

extern "C" {

STStatus st_winograd_pack(
    STTensor weight, int64_t results, int32_t scalar_type, bool in_pairs, STTensor *result, STTensor *scales) {
    return st::guarded([&] {
        auto kernel = st::borrow(weight).contiguous();
        TORCH_CHECK(
            is_plain(kernel) && kernel.dim() == 4 && kernel.size(2) == 3 && (kernel.size(3) == 3 || kernel.size(3) == 1) &&
                kernel.size(1) % lanes == 0 && (results == 4 || results == 2),
            "no kernel of three points in float32 with a multiple of 16 inputs: ", kernel.sizes(), " in tiles of ", results);
        const WinogradForm form{results, kernel.size(3) == 3};
        const int64_t outputs = kernel.size(0), inputs = kernel.size(1), taps = 3 * kernel.size(3);
        const auto *from = kernel.const_data_ptr<float>();
        auto factors = at::empty({outputs}, kernel.options());
        auto *factor = factors.mutable_data_ptr<float>();
        auto packed = pack_weights(
            form.points(), outputs, inputs, static_cast<at::ScalarType>(scalar_type), in_pairs,
            [&](int64_t output, double *values) {
                for (int64_t input = 0; input < inputs; ++input) {
                    transform_kernel(form, from + (output * inputs + input) * taps, values + input * form.points());
                }
                factor[output] = bring_into_range(values, inputs * form.points());
            });
        *result = st::give(std::move(packed));
        *scales = st::give(std::move(factors));
    });
}

STStatus st_winograd(STTensor input, STTensor packed, STTensor scales, STTensor bias_or_null, STTensor *result) {
    return st::guarded([&] {
        auto images = st::borrow(input), kernel = st::borrow(packed), factors = st::borrow(scales);
        const auto bias = borrow_if_any(bias_or_null);
        const Weights weights(kernel);
        const WinogradForm form = WinogradForm::of_points(weights.points);
        TORCH_CHECK(
            form.points() == weights.points && weights.inputs % lanes == 0, "no transformed kernel: ", kernel.sizes());
        TORCH_CHECK(
            is_plain(images) && images.dim() == 4 && images.size(1) == weights.inputs, "expected images with ",
            weights.inputs, " channels in float32 on the CPU, found ", images.sizes());
        TORCH_CHECK(!is_recorded(images), "this convolution has no gradient");
        if (images.stride(1) != 1) images = images.contiguous(at::MemoryFormat::ChannelsLast);
        auto output = empty_channels_last(images.size(0), weights.outputs, images.size(2), images.size(3));
        const Convolution convolution{
            form, Tiles(images, form), images, weights, checked_bias(factors, weights.outputs),
            checked_bias(bias, weights.outputs), output};
        const int64_t tiles = convolution.tiles.count, blocks = block_count(weights, tiles);
        parallel(blocks, [&](int64_t first, int64_t last) {
            auto scratch = at::empty(
                {convolution.scratch_bytes((tiles + blocks - 1) / blocks)}, images.options().dtype(at::kByte));
            for (int64_t block = first; block < last; ++block) {
                const int64_t begin = tiles * block / blocks, end = tiles * (block + 1) / blocks;
                if (weights.are_paired) {
                    convolution.run<at::BFloat16>(begin, end, scratch.mutable_data_ptr());
                } else {
                    convolution.run<float>(begin, end, scratch.mutable_data_ptr());
                }
            }
        });
        *result = st::give(std::move(output));
    });
}

}  // extern "C"
