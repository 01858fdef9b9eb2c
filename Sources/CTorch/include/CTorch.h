// The C face of LibTorch: opaque tensor handles, one boxed call by operator name, errors as a status and a message.
//
// Every function that can fail returns an STStatus; st_last_error() then holds the message of the calling thread.
// No C++ exception leaves this file's functions.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// An owned reference to a LibTorch tensor (a `c10::TensorImpl *`).
typedef struct STTensorImpl *STTensor;

typedef enum { ST_OK = 0, ST_ERROR = 1, ST_OUT_OF_MEMORY = 2 } STStatus;

/// The message of the last failure on this thread; valid until the next failure.
const char *st_last_error(void);

// MARK: Handles

void st_retain(STTensor tensor);
void st_release(STTensor tensor);
int64_t st_dimension_count(STTensor tensor);
/// Writes the sizes into `sizes`, which has room for `st_dimension_count` numbers.
void st_sizes(STTensor tensor, int64_t *sizes);
/// The number of LibTorch's `ScalarType`.
int32_t st_scalar_type(STTensor tensor);
/// 0 for the CPU, 1 for CUDA; `index` is the number of the device.
int32_t st_device(STTensor tensor, int32_t *index);
bool st_is_contiguous(STTensor tensor);
bool st_requires_grad(STTensor tensor);
/// Whether two handles share storage at the same offset.
bool st_shares_memory(STTensor first, STTensor second);
/// Number of LibTorch tensors' handles given out and not released, for leak tests.
int64_t st_live_handles(void);

// MARK: Data

/// A new tensor with a copy of `bytes`, on the CPU.
STStatus st_from_bytes(const void *bytes, const int64_t *sizes, int64_t dimensions, int32_t scalar_type, STTensor *result);
/// Copies the elements, in row-major order, to `destination` of `byte_count` bytes.
STStatus st_copy_bytes(STTensor tensor, void *destination, int64_t byte_count);
/// Standard normal numbers of the Philox 4x32-10 stream `key`, beginning at `counter`; float32 on the CPU.
STStatus st_normal(const int64_t *sizes, int64_t dimensions, uint64_t key, uint64_t counter, STTensor *result);
/// Uniform numbers in [0, 1) of the same streams.
STStatus st_uniform(const int64_t *sizes, int64_t dimensions, uint64_t key, uint64_t counter, STTensor *result);

// MARK: Calls

// Arguments are pushed in the order of the operator's schema, then the call consumes them. Trailing arguments that are
// missing take the schema's defaults. `name` is compared by address first, so pass string literals.
void st_push_none(void);
void st_push_tensor(STTensor tensor);
void st_push_int(int64_t value);
void st_push_double(double value);
void st_push_bool(bool value);
void st_push_string(const char *value);
void st_push_ints(const int64_t *values, int64_t count);
void st_push_doubles(const double *values, int64_t count);
void st_push_tensors(const STTensor *tensors, int64_t count);
void st_push_device(int32_t type, int32_t index);
/// Calls `name.overload`; tensors among the results are written to `results` (tensor lists flattened).
STStatus st_call(const char *name, const char *overload, STTensor *results, int64_t capacity, int64_t *count);

// MARK: Kernels of our own

/// Group normalisation of axis 1 of `input`, then SiLU if `activates`; by LibTorch where the kernel does not fit (it wants
/// float32 on the CPU, channels last, and a multiple of 16 of them). With automatic casting on the CPU the input becomes
/// float32 first.
STStatus st_group_norm(
    STTensor input, int64_t groups, STTensor weight, STTensor bias, double epsilon, bool activates, STTensor *result);
/// Whether st_frame_attention takes tokens like these: float32 on the CPU, or any type where it is cast automatically,
/// with a result in float32; heads of 16, 32, … 256 numbers, at most 64 frames, in both the same pixels.
bool st_frame_attention_fits(STTensor tokens, STTensor context, int64_t videos, int64_t heads);
/// Softmax attention of the frames of each pixel to those of the context, at the same pixel; all
/// `[videos · frames, pixels, heads · width]`, where the numbers of frames may differ.
STStatus st_frame_attention(
    STTensor query, STTensor key, STTensor value, int64_t videos, int64_t heads, STTensor *result);

/// Whether products and Winograd's convolutions are made for this processor (AVX-512): on others LibTorch's are faster.
bool st_has_fast_product(void);
/// Whether the processor multiplies bfloat16 in pairs (AVX-512 BF16), and that faster than float32: AMD's.
bool st_has_fast_pairs(void);
/// The weight of a linear layer `[outputs, inputs]` or convolution `[outputs, inputs, rows, columns]` for the next two:
/// `[rows · columns, outputs / 32, inputs, 32]` of float32, bfloat16 or float16; in pairs, with AVX-512 BF16,
/// `[rows · columns, outputs / 32, inputs / 2, 32, 2]` of bfloat16, by which what is multiplied becomes bfloat16, too.
/// Outputs are a multiple of 32, and inputs of 16 for pairs.
STStatus st_product_pack(STTensor weight, int32_t scalar_type, bool in_pairs, STTensor *result);
/// `x Wᵀ + b` of float32 over the last axis, then the exact GELU, then a factor of the result's shape.
STStatus st_packed_linear(
    STTensor input, STTensor packed, STTensor bias_or_null, bool has_gelu, STTensor factor_or_null, STTensor *result);
/// The convolution of float32 images `[N, inputs, H, W]` with a kernel of `rows` × `columns`; the result lies channels last.
STStatus st_packed_convolution(
    STTensor input, STTensor packed, STTensor bias_or_null, int64_t rows, int64_t columns, int64_t stride,
    int64_t row_padding, int64_t column_padding, STTensor *result);
/// The weight of a convolution `[outputs, inputs, 3, 3 or 1]`, transformed for st_winograd to tiles of `results`, 4 or 2,
/// along each axis: packed like those above for each point, and the float32 scale of each output, a power of two, as the
/// numbers are brought into the range of float16. Outputs are a multiple of 32, inputs of 16.
STStatus st_winograd_pack(
    STTensor weight, int64_t results, int32_t scalar_type, bool in_pairs, STTensor *result, STTensor *scales);
/// The convolution of float32 images `[N, inputs, H, W]` with stride 1 and a margin of zeros of one pixel, above and below
/// only for kernels of 3×1; the result lies channels last.
STStatus st_winograd(STTensor input, STTensor packed, STTensor scales, STTensor bias_or_null, STTensor *result);
/// `x Wᵀ + b` over the last axis; `bias` may be null. By LibTorch where no gradient of float32 on the CPU is recorded.
///
/// Where it is cast automatically to bfloat16, and the processor is fast at pairs, larger layers round only what they
/// multiply and give float32; others give bfloat16.
STStatus st_linear(STTensor input, STTensor weight, STTensor bias_or_null, STTensor *result);
/// `a · gelu(b)` where `x Wᵀ + b` is `[a, b]` along the last axis.
STStatus st_gated_linear(STTensor input, STTensor weight, STTensor bias, STTensor *result);
/// Softmax attention of queries `[B, heads, N, D]` by LibTorch. In training with automatic casting on the CPU it is computed
/// and given in float32.
STStatus st_attention(STTensor query, STTensor key, STTensor value, bool is_causal, STTensor *result);
/// Whether no number is infinite or not a number.
STStatus st_is_finite(STTensor tensor, bool *result);
/// What stays the same in all steps of AdamW.
typedef struct {
    double beta1, beta2, epsilon, weight_decay, gradient_clip;
} STAdamW;
/// One step of AdamW with the gradients of `values`, which are scaled down to the norm `gradient_clip` and freed; those
/// without a gradient stay. Writes the norm before, 0 where none has a gradient.
STStatus st_adamw(
    const STTensor *values, const STTensor *first, const STTensor *second, const STTensor *steps, int64_t count,
    const STAdamW *settings, double learning_rate, double *norm);

// MARK: Autograd and modes (all per thread)

STStatus st_set_requires_grad(STTensor tensor, bool value);
/// The accumulated gradient, or null where there is none.
STStatus st_grad(STTensor tensor, STTensor *result);
STStatus st_set_grad(STTensor tensor, STTensor gradient_or_null);
STStatus st_backward(STTensor loss);
/// Makes `tensor` hold the data of `source` (same shape), outside of autograd.
STStatus st_assign(STTensor tensor, STTensor source);

void *st_grad_mode_enter(bool enabled);
void st_grad_mode_leave(void *guard);
void *st_inference_mode_enter(void);
void st_inference_mode_leave(void *guard);
/// Automatic casting of convolutions and matrix products to `scalar_type` on the CPU or CUDA.
void *st_autocast_enter(int32_t device_type, int32_t scalar_type);
void st_autocast_leave(void *guard);

// MARK: Recorded work

/// Work of a device that is recorded once and replayed as a whole.
typedef struct STGraphImpl *STGraph;

/// Whether LibTorch can record on devices of this type (1 for CUDA); loads its CUDA part.
bool st_graph_available(int32_t device_type);
/// Begins to record what this thread does on the device, on a stream of its own; nothing is computed meanwhile. Until the
/// end the thread must neither wait for the device nor copy between it and the host.
STStatus st_graph_begin(int32_t device_type, int32_t device_index, STGraph *result);
/// Ends the recording, whose result is `output`, and puts the thread back on the stream it came from.
STStatus st_graph_end(STGraph graph, STTensor output);
/// Does the recorded work again, on the memory that it was recorded on, and gives the output: in the same memory each time.
STStatus st_graph_replay(STGraph graph, STTensor *output);
/// Frees the graph and its memory; one that is still being recorded is given up, and the thread put back on its stream.
void st_graph_free(STGraph graph);

// MARK: Process

const char *st_version(void);
int32_t st_thread_count(void);
void st_set_thread_count(int32_t count);
/// Keeps freed memory in the process instead of mapping and unmapping each large temporary, and that of large tensors out of
/// malloc's heap; see block_allocator.cpp. Call once, before the first tensor.
void st_tune_allocator(void);
/// Gives all memory that is free in this process back to the system.
void st_trim_memory(void);
/// Loads the CUDA part of LibTorch if there is one; returns the number of usable devices.
int32_t st_cuda_device_count(void);
/// Whether the processor multiplies bfloat16 natively (AVX-512 BF16 or AMX).
bool st_cpu_has_bfloat16(void);
/// Whether the processor has units for matrices of bfloat16 (AMX) that the system lets programs use.
bool st_cpu_has_matrix_bfloat16(void);
/// Whether the processor computes in float16 natively (AVX-512 FP16), which LibTorch's products there need.
bool st_cpu_has_float16(void);

#ifdef __cplusplus
}
#endif
