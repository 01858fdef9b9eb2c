// The transforms of Winograd's convolutions; for the kernels of this target only.
#pragma once

#include <c10/util/BFloat16.h>

#include <cstdint>

namespace st {

/// Tiles of 4 or 2 results along both axes of an image (kernels of 3×3), or along the rows (3×1).
///
/// A pixel that is infinite or not a number spoils all results of its tiles, not only those that it belongs to.
struct WinogradForm {
    int64_t results;
    bool is_square;

    static constexpr int64_t most_points = 36;
    int64_t points() const { return is_square ? (results + 2) * (results + 2) : results + 2; }

    /// The form with so many points, which are 36, 16, 6 or 4; for others some form.
    static WinogradForm of_points(int64_t points) { return {points == 16 || points == 4 ? 2 : 4, points >= 16}; }
};

/// Writes what a tile's pixels, of which null ones are zero, give at each point, `point_stride` apart.
void read_tile(
    const WinogradForm &form, const float *const *pixels, int64_t channels, float *values, int64_t point_stride);
void read_tile(
    const WinogradForm &form, const float *const *pixels, int64_t channels, at::BFloat16 *values, int64_t point_stride);

/// Makes a tile's results from the products at each point, times the scale of each channel, and writes them, but not to null.
void write_tile(
    const WinogradForm &form, const float *products, int64_t point_stride, int64_t channels, const float *scales,
    const float *bias_or_null, float *const *pixels);

/// Writes what a kernel of 3×3 or 3×1 numbers gives at each point.
void transform_kernel(const WinogradForm &form, const float *kernel, double *values);

}  // namespace st
