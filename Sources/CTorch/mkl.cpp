// MKL, which computes LibTorch's matrix products, keeps processors of other makers than Intel on AVX2, even where they
// have AVX-512. It asks this function of its own who made the processor; a program's definition goes before a library's.
// What the processor can do MKL still finds out by itself.
extern "C" int mkl_serv_intel_cpu_true() { return 1; }
