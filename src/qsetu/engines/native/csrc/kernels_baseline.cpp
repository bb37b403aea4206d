// Kernels for baseline; CMakeLists.txt compiles this file with the matching flags.
#define QSETU_ISA isa_baseline
#define QSETU_ISA_NAME "baseline"
#define QSETU_VECTOR_BYTES 16
#include "kernels_impl.hpp"
#include "measure_impl.hpp"
