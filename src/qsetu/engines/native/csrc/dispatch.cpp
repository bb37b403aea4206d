// Chooses, once, the best kernels that this processor can run.
#include <cstdlib>
#include <stdexcept>
#include <string>

#include "block.hpp"

namespace qsetu {

#define QSETU_DECLARE(isa)                       \
    namespace isa {                              \
    extern const Kernels<float> float_kernels;   \
    extern const Kernels<double> double_kernels; \
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

template <>
const Kernels<float>& kernels<float>() {
#if defined(QSETU_X86)
    if (chosen() == Isa::avx512) return isa_avx512::float_kernels;
    if (chosen() == Isa::avx2) return isa_avx2::float_kernels;
#endif
    chosen();
    return isa_baseline::float_kernels;
}

template <>
const Kernels<double>& kernels<double>() {
#if defined(QSETU_X86)
    if (chosen() == Isa::avx512) return isa_avx512::double_kernels;
    if (chosen() == Isa::avx2) return isa_avx2::double_kernels;
#endif
    chosen();
    return isa_baseline::double_kernels;
}

}  // namespace qsetu
