// Tiles and kernels at the points of a polynomial, and results from the products there.
//
// A line of results is the product of two polynomials. It is computed at 0, ±a, ±b and ∞ for tiles of 4, and at 0, ±1 and ∞
// for tiles of 2. What the way back divides by is divided out of the kernel, once.
#include "winograd.h"

#include "vector.h"

namespace {

using namespace st;

// With a = 1 and b = 2, as in the paper, results are 2.5 times as far off; these two have few binary digits.
constexpr double a = 0.625, b = 1.5, aa = a * a, bb = b * b;

/// One line of a tile, `stride` apart, in place: from what a line is made of to its points, or from those to its results.
template <int64_t results>
struct Line;

template <>
struct Line<4> {
    ST_INLINE void read(Floats *line, int64_t stride) {
        constexpr float fa = a, fb = b, faa = aa, fbb = bb, sum = aa + bb, product = aa * bb;
        auto d = [&](int64_t index) -> Floats & { return line[index * stride]; };
        const Floats even_a = d(4) - fbb * d(2), odd_a = fa * (d(3) - fbb * d(1));
        const Floats even_b = d(4) - faa * d(2), odd_b = fb * (d(3) - faa * d(1));
        d(0) = product * d(0) - sum * d(2) + d(4);
        d(5) = product * d(1) - sum * d(3) + d(5);
        d(1) = even_a + odd_a;
        d(2) = even_a - odd_a;
        d(3) = even_b + odd_b;
        d(4) = even_b - odd_b;
    }

    ST_INLINE void write(Floats *line, int64_t stride) {
        constexpr float fa = a, fb = b, faa = aa, fbb = bb, faaa = aa * a, fbbb = bb * b;
        auto d = [&](int64_t index) -> Floats & { return line[index * stride]; };
        const Floats sum_a = d(1) + d(2), difference_a = d(1) - d(2);
        const Floats sum_b = d(3) + d(4), difference_b = d(3) - d(4);
        d(0) = d(0) + sum_a + sum_b;
        d(1) = fa * difference_a + fb * difference_b;
        d(2) = faa * sum_a + fbb * sum_b;
        d(3) = faaa * difference_a + fbbb * difference_b + d(5);
    }

    static void transform(double x, double y, double z, double *values) {
        const double over_a = 2 * aa * (aa - bb), over_b = 2 * bb * (bb - aa);
        values[0] = x / (aa * bb);
        values[1] = (x + a * y + aa * z) / over_a;
        values[2] = (x - a * y + aa * z) / over_a;
        values[3] = (x + b * y + bb * z) / over_b;
        values[4] = (x - b * y + bb * z) / over_b;
        values[5] = z;
    }
};

template <>
struct Line<2> {
    ST_INLINE void read(Floats *line, int64_t stride) {
        auto d = [&](int64_t index) -> Floats & { return line[index * stride]; };
        const Floats one = d(1), two = d(2);
        d(0) = d(0) - two;
        d(3) = d(3) - one;
        d(1) = two + one;
        d(2) = two - one;
    }

    ST_INLINE void write(Floats *line, int64_t stride) {
        auto d = [&](int64_t index) -> Floats & { return line[index * stride]; };
        const Floats one = d(1), minus_one = d(2);
        d(0) = d(0) + one + minus_one;
        d(1) = one - minus_one + d(3);
    }

    static void transform(double x, double y, double z, double *values) {
        values[0] = x;
        values[1] = (x + y + z) / 2;
        values[2] = (x - y + z) / 2;
        values[3] = z;
    }
};

template <int64_t results, bool is_square, typename Number>
ST_INLINE void read_lines(const float *const *pixels, int64_t channels, Number *to, int64_t point_stride) {
    constexpr int64_t tall = results + 2, wide = is_square ? tall : 1;
    for (int64_t channel = 0; channel < channels; channel += lanes) {
        Floats values[tall * wide];
        for (int64_t index = 0; index < tall * wide; ++index) {
            values[index] = Floats{};
            if (pixels[index]) load(values[index], pixels[index] + channel);
        }
        for (int64_t column = 0; column < wide; ++column) Line<results>::read(values + column, wide);
        if constexpr (is_square) {
            for (int64_t row = 0; row < tall; ++row) Line<results>::read(values + row * wide, 1);
        }
        for (int64_t index = 0; index < tall * wide; ++index) store(to + index * point_stride + channel, values[index]);
    }
}

template <int64_t results, bool is_square>
ST_INLINE void write_lines(
    const float *from, int64_t point_stride, int64_t channels, const float *scales, const float *bias,
    float *const *pixels) {
    constexpr int64_t tall = results + 2, wide = is_square ? tall : 1, kept = is_square ? results : 1;
    for (int64_t channel = 0; channel < channels; channel += lanes) {
        Floats values[tall * wide], shift{};
        for (int64_t index = 0; index < tall * wide; ++index) load(values[index], from + index * point_stride + channel);
        for (int64_t column = 0; column < wide; ++column) Line<results>::write(values + column, wide);
        if constexpr (is_square) {
            for (int64_t row = 0; row < results; ++row) Line<results>::write(values + row * wide, 1);
        }
        Floats scale;
        load(scale, scales + channel);
        if (bias) load(shift, bias + channel);
        for (int64_t index = 0; index < results * kept; ++index) {
            if (!pixels[index]) continue;
            Floats &value = values[index / kept * wide + index % kept];
            value = value * scale + shift;
            store(pixels[index] + channel, value);
        }
    }
}

template <typename Number>
ST_INLINE void read_any(
    const WinogradForm &form, const float *const *pixels, int64_t channels, Number *to, int64_t point_stride) {
    if (form.is_square) {
        form.results == 4 ? read_lines<4, true>(pixels, channels, to, point_stride)
                          : read_lines<2, true>(pixels, channels, to, point_stride);
    } else {
        form.results == 4 ? read_lines<4, false>(pixels, channels, to, point_stride)
                          : read_lines<2, false>(pixels, channels, to, point_stride);
    }
}

// The choice between processors is made for functions that are not templates.
ST_FOR_EACH_PROCESSOR
void read_floats(const WinogradForm &form, const float *const *pixels, int64_t channels, float *to, int64_t point_stride) {
    read_any(form, pixels, channels, to, point_stride);
}

ST_FOR_EACH_PROCESSOR
void read_bfloat16(
    const WinogradForm &form, const float *const *pixels, int64_t channels, at::BFloat16 *to, int64_t point_stride) {
    read_any(form, pixels, channels, to, point_stride);
}

ST_FOR_EACH_PROCESSOR
void write_form(
    const WinogradForm &form, const float *from, int64_t point_stride, int64_t channels, const float *scales, const float *bias,
    float *const *pixels) {
    if (form.is_square) {
        form.results == 4 ? write_lines<4, true>(from, point_stride, channels, scales, bias, pixels)
                          : write_lines<2, true>(from, point_stride, channels, scales, bias, pixels);
    } else {
        form.results == 4 ? write_lines<4, false>(from, point_stride, channels, scales, bias, pixels)
                          : write_lines<2, false>(from, point_stride, channels, scales, bias, pixels);
    }
}

template <int64_t results>
void transform_form(bool is_square, const float *kernel, double *values) {
    if (!is_square) return Line<results>::transform(kernel[0], kernel[1], kernel[2], values);
    constexpr int64_t points = results + 2;
    double columns[3][points];
    for (int64_t column = 0; column < 3; ++column) {
        Line<results>::transform(kernel[column], kernel[3 + column], kernel[6 + column], columns[column]);
    }
    for (int64_t row = 0; row < points; ++row) {
        Line<results>::transform(columns[0][row], columns[1][row], columns[2][row], values + row * points);
    }
}

}  // namespace

void st::read_tile(
    const WinogradForm &form, const float *const *pixels, int64_t channels, float *values, int64_t point_stride) {
    read_floats(form, pixels, channels, values, point_stride);
}

void st::read_tile(
    const WinogradForm &form, const float *const *pixels, int64_t channels, at::BFloat16 *values, int64_t point_stride) {
    read_bfloat16(form, pixels, channels, values, point_stride);
}

void st::write_tile(
    const WinogradForm &form, const float *products, int64_t point_stride, int64_t channels, const float *scales,
    const float *bias_or_null, float *const *pixels) {
    write_form(form, products, point_stride, channels, scales, bias_or_null, pixels);
}

void st::transform_kernel(const WinogradForm &form, const float *kernel, double *values) {
    form.results == 4 ? transform_form<4>(form.is_square, kernel, values)
                      : transform_form<2>(form.is_square, kernel, values);
}
