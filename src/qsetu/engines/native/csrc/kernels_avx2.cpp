// Kernels for avx2; CMakeLists.txt compiles this file with the matching flags.
#define QSETU_ISA isa_avx2
#define QSETU_ISA_NAME "avx2"
#define QSETU_VECTOR_BYTES 32
#include "kernels_impl.hpp"
#include "measure_impl.hpp"
