// Chooses, once, the best kernels that this processor can run.
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "block.hpp"
#include "measure.hpp"

namespace qsetu {

#define QSETU_DECLARE(isa)                               \
    namespace isa {                                      \
    extern const Kernels<float> float_kernels;           \
    extern const Kernels<double> double_kernels;         \
    extern const MeasureKernels<float> float_measures;   \
    extern const MeasureKernels<double> double_measures; \
    }
QSETU_DECLARE(isa_baseline)
#if defined(QSETU_X86)
QSETU_DECLARE(isa_avx2)
QSETU_DECLARE(isa_avx512)
#endif
#undef QSETU_DECLARE

namespace {

enum class Isa { baseline, avx2, avx512 };

Isa choose() {
    Isa best = Isa::baseline;
#if defined(QSETU_X86)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) best = Isa::avx2;
    if (best == Isa::avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl")) {
        best = Isa::avx512;
    }
#endif
    // A lesser set may be asked for (to compare, or to look for a fault), never one that is missing.
    const char* wanted = std::getenv("QSETU_SIMD");
    if (!wanted || !*wanted) return best;
    const std::string name = wanted;
    const Isa asked = name == "baseline" ? Isa::baseline : name == "avx2" ? Isa::avx2 : Isa::avx512;
    if (name != "baseline" && name != "avx2" && name != "avx512") {
        throw std::invalid_argument("QSETU_SIMD must be one of avx512, avx2, baseline; got '" + name + "'.");
    }
    return std::min(asked, best);
}

Isa chosen() {
    static const Isa isa = choose();
    return isa;
}

}  // namespace

#if defined(QSETU_X86)
#define QSETU_CHOOSE(type, function, tables)                             \
    template <>                                                          \
    const type& function() {                                             \
        if (chosen() == Isa::avx512) return isa_avx512::tables;          \
        if (chosen() == Isa::avx2) return isa_avx2::tables;              \
        return isa_baseline::tables;                                     \
    }
#else
#define QSETU_CHOOSE(type, function, tables)                             \
    template <>                                                          \
    const type& function() {                                             \
        chosen(); /* refuses an unknown name */                          \
        return isa_baseline::tables;                                     \
    }
#endif
QSETU_CHOOSE(Kernels<float>, kernels<float>, float_kernels)
QSETU_CHOOSE(Kernels<double>, kernels<double>, double_kernels)
QSETU_CHOOSE(MeasureKernels<float>, measure_kernels<float>, float_measures)
QSETU_CHOOSE(MeasureKernels<double>, measure_kernels<double>, double_measures)
#undef QSETU_CHOOSE

}  // namespace qsetu
