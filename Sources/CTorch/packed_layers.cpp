// Linear layers and convolutions as products of rows with packed weights, of two bytes above all.
//
// A convolution is a sum of products, one for each number of its kernel, of the pixels that are so far away.
#include "product.h"

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include <algorithm>

namespace {

using namespace st;

ST_FOR_EACH_PROCESSOR
void complete(const Ending &ending, int64_t column, int64_t columns, const float *factor, float *row) {
    for (int64_t index = 0; index < columns; index += lanes) {
        Floats value, other{};
        load(value, row + index);
        if (ending.bias) load(other, ending.bias + column + index);
        value += other;
        if (ending.has_gelu) {
            Floats below, density;
            normal(below, density, value);
            value *= below;
        }
        if (factor) {
            load(other, factor + index);
            value *= other;
        }
        store(row + index, value);
    }
}

/// Parts of a product that threads take one by one: some rows, and all columns or, where rows are few, some.
struct Parts {
    int64_t rows, columns, row_parts, column_parts;

    /// Rows that stay in a core's cache while the weights pass, and rows that are worth a pass.
    static constexpr int64_t most_rows = 168, least_rows = 14;

    Parts(int64_t rows, int64_t columns) : rows(rows), columns(columns) {
        const int64_t threads = at::get_num_threads();
        const int64_t whole = (rows + most_rows - 1) / most_rows;
        row_parts = whole < threads ? std::clamp<int64_t>(rows / least_rows, 1, threads)
                                    : (whole + threads - 1) / threads * threads;
        column_parts = std::min((threads + row_parts - 1) / row_parts, columns / panel);
    }

    /// Runs `body(first row, rows, first column, columns)` for each part; `prepare` makes what a thread needs for them.
    template <typename Prepare, typename Body>
    void run(const Prepare &prepare, const Body &body) const {
        const int64_t panels = columns / panel;
        parallel(row_parts * column_parts, [&](int64_t begin, int64_t end) {
            auto own = prepare((rows + row_parts - 1) / row_parts);
            for (int64_t part = begin; part < end; ++part) {
                const int64_t r = part / column_parts, c = part % column_parts;
                const int64_t row = rows * r / row_parts, column = panels * c / column_parts * panel;
                body(
                    own, row, rows * (r + 1) / row_parts - row, column,
                    panels * (c + 1) / column_parts * panel - column);
            }
        });
    }
};

/// Place for rows of a product in the type that its weights need, for one thread.
class Place {
  public:
    Place(const Weights &weights, int64_t most)
        : inputs(weights.inputs), place(at::empty({most * inputs}, at::TensorOptions().dtype(weights.row_type()))) {}

    const void *numbers() const { return place.const_data_ptr(); }

    /// Makes so many rows from some row on the same as those of float32; for those of null, zeros.
    void fill(int64_t first, int64_t count, const float *from) {
        const auto size = static_cast<int64_t>(place.element_size()), length = count * inputs;
        auto *to = static_cast<char *>(place.mutable_data_ptr()) + first * inputs * size;
        if (!from) {
            std::memset(to, 0, length * size);
        } else if (place.scalar_type() == at::kBFloat16) {
            make_bfloat16(from, length, reinterpret_cast<at::BFloat16 *>(to));
        } else {
            std::memcpy(to, from, length * size);
        }
    }

  private:
    int64_t inputs;
    at::Tensor place;
};

/// The pixels that one number of a kernel is multiplied with.
struct Tap {
    const at::Tensor &images;
    int64_t out_height, out_width, stride, down, right;

    /// Copies those of some rows of the result, and zeros for what is outside of the image.
    void gather(int64_t row, int64_t count, Place &to) const {
        const float *from = images.const_data_ptr<float>();
        const int64_t height = images.size(2), width = images.size(3);
        const int64_t image_stride = images.stride(0), row_stride = images.stride(2), pixel_stride = images.stride(3);
        for (int64_t index = 0; index < count; ++index) {
            const int64_t image = (row + index) / (out_height * out_width), within = (row + index) % (out_height * out_width);
            const int64_t y = within / out_width * stride + down, x = within % out_width * stride + right;
            const bool is_inside = y >= 0 && y < height && x >= 0 && x < width;
            to.fill(index, 1, is_inside ? from + image * image_stride + y * row_stride + x * pixel_stride : nullptr);
        }
    }
};

}  // namespace

void st::multiply_rows(
    const float *rows, int64_t count, const Weights &weights, const Ending &ending, float *output) {
    const int64_t inputs = weights.inputs, outputs = weights.outputs;
    Parts(count, outputs)
        .run(
            [&](int64_t most) { return Place(weights, weights.are_paired ? most : 0); },
            [&](Place &narrowed, int64_t row, int64_t part, int64_t column, int64_t columns) {
                float *own = output + row * outputs + column;
                const void *numbers = rows + row * inputs;
                if (weights.are_paired) {
                    narrowed.fill(0, part, rows + row * inputs);
                    numbers = narrowed.numbers();
                }
                multiply(ProductRows(numbers, part, weights), weights.from(0, column), columns, own, outputs, false);
                if (!ending.bias && !ending.has_gelu && !ending.factor) return;
                for (int64_t index = 0; index < part; ++index) {
                    const int64_t offset = (row + index) * outputs + column;
                    complete(
                        ending, column, columns, ending.factor ? ending.factor + offset : nullptr, own + index * outputs);
                }
            });
}

extern "C" {

STStatus st_product_pack(STTensor weight, int32_t scalar_type, bool in_pairs, STTensor *result) {
    return st::guarded([&] {
        auto kernel = st::borrow(weight).contiguous();
        TORCH_CHECK(
            is_plain(kernel) && (kernel.dim() == 2 || kernel.dim() == 4), "no weight in float32: ", kernel.sizes());
        const int64_t inputs = kernel.size(1), taps = kernel.dim() == 4 ? kernel.size(2) * kernel.size(3) : 1;
        const auto *from = kernel.const_data_ptr<float>();
        *result = st::give(pack_weights(
            taps, kernel.size(0), inputs, static_cast<at::ScalarType>(scalar_type), in_pairs,
            [&](int64_t output, double *values) {
                std::copy(from + output * inputs * taps, from + (output + 1) * inputs * taps, values);
            }));
    });
}

STStatus st_packed_linear(
    STTensor input, STTensor packed, STTensor bias_or_null, bool has_gelu, STTensor factor_or_null, STTensor *result) {
    return st::guarded([&] {
        auto x = st::borrow(input).contiguous(), weight = st::borrow(packed);
        const auto bias = borrow_if_any(bias_or_null);
        auto factor = borrow_if_any(factor_or_null);
        const Weights weights(weight);
        const int64_t outputs = weights.outputs, inputs = weights.inputs;
        TORCH_CHECK(
            weights.points == 1 && is_plain(x) && x.dim() > 0 && x.size(-1) == inputs, "expected rows of ", inputs,
            " numbers in float32 on the CPU, found ", x.sizes());
        TORCH_CHECK(!is_recorded(x, weight), "this product has no gradient");
        auto sizes = x.sizes().vec();
        sizes.back() = outputs;
        if (factor.defined()) {
            factor = factor.contiguous();
            TORCH_CHECK(is_plain(factor) && factor.sizes() == sizes, "expected factors ", sizes);
        }
        auto output = at::empty(sizes, x.options());
        const Ending ending{
            checked_bias(bias, outputs), factor.defined() ? factor.const_data_ptr<float>() : nullptr, has_gelu};
        multiply_rows(
            x.const_data_ptr<float>(), x.numel() / inputs, weights, ending, output.mutable_data_ptr<float>());
        *result = st::give(std::move(output));
    });
}

STStatus st_packed_convolution(
    STTensor input, STTensor packed, STTensor bias_or_null, int64_t rows, int64_t columns, int64_t stride,
    int64_t row_padding, int64_t column_padding, STTensor *result) {
    return st::guarded([&] {
        auto images = st::borrow(input);
        const auto bias = borrow_if_any(bias_or_null);
        const auto kernel = st::borrow(packed);
        const Weights weights(kernel);
        const int64_t outputs = weights.outputs, inputs = weights.inputs;
        TORCH_CHECK(
            is_plain(images) && images.dim() == 4 && images.size(1) == inputs, "expected images with ", inputs,
            " channels in float32 on the CPU, found ", images.sizes());
        TORCH_CHECK(
            rows > 0 && columns > 0 && stride > 0 && weights.points == rows * columns, "a kernel of ", weights.points,
            " numbers is not of ", rows, " × ", columns);
        TORCH_CHECK(!is_recorded(images), "this convolution has no gradient");
        const int64_t down = images.size(2) + 2 * row_padding - rows, right = images.size(3) + 2 * column_padding - columns;
        TORCH_CHECK(
            images.size(2) > 0 && images.size(3) > 0 && down >= 0 && right >= 0, "the kernel is larger than images of ",
            images.sizes());
        if (images.stride(1) != 1) images = images.contiguous(at::MemoryFormat::ChannelsLast);
        const int64_t n = images.size(0), h = down / stride + 1, w = right / stride + 1;
        auto output = empty_channels_last(n, outputs, h, w);
        const Ending ending{checked_bias(bias, outputs), nullptr, false};
        float *to = output.mutable_data_ptr<float>();
        Parts(n * h * w, outputs)
            .run(
                [&](int64_t most) { return Place(weights, most); },
                [&](Place &gathered, int64_t row, int64_t count, int64_t column, int64_t width) {
                    float *own = to + row * outputs + column;
                    for (int64_t tap = 0; tap < rows * columns; ++tap) {
                        Tap{images, h, w, stride, tap / columns - row_padding, tap % columns - column_padding}.gather(
                            row, count, gathered);
                        multiply(
                            ProductRows(gathered.numbers(), count, weights), weights.from(tap, column), width, own, outputs,
                            tap > 0);
                    }
                    if (!ending.bias) return;
                    for (int64_t index = 0; index < count; ++index) {
                        complete(ending, column, width, nullptr, own + index * outputs);
                    }
                });
        *result = st::give(std::move(output));
    });
}

}  // extern "C"
