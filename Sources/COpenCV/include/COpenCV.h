// The C face of the one thing that is taken from OpenCV: dense inverse search, an optical flow without weights.
//
// Every function that can fail returns an SOStatus; so_last_error() then holds the message of the calling thread.
// No C++ exception leaves this target's functions.
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { SO_OK = 0, SO_ERROR = 1, SO_OUT_OF_MEMORY = 2 } SOStatus;

/// How much work is spent on a pair of frames.
typedef enum { SO_ULTRAFAST = 0, SO_FAST = 1, SO_MEDIUM = 2 } SOPreset;

/// The message of the last failure on this thread; valid until the next failure.
const char *so_last_error(void);

/// The version of OpenCV that is loaded, as "4.6.0".
const char *so_version(void);

/// The motion from `first` to `second`, interleaved RGB bytes `[height][width][3]`, on one thread.
///
/// Writes `flow`, `[2][height][width]`: all horizontal parts, then all vertical ones, in pixels.
SOStatus so_dis_flow(
    const uint8_t *first, const uint8_t *second, int32_t width, int32_t height, SOPreset preset, float *flow);

#ifdef __cplusplus
}
#endif
