// Kernels for avx512; CMakeLists.txt compiles this file with the matching flags.
#define QSETU_ISA isa_avx512
#define QSETU_ISA_NAME "avx512"
#define QSETU_VECTOR_BYTES 64
#include "kernels_impl.hpp"
#include "measure_impl.hpp"
