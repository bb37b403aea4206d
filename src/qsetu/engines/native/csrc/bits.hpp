// Small facts about sets of bits.
#pragma once

#include <cstdint>

namespace qsetu {

inline int popcount(std::uint64_t bits) {
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_popcountll(bits);
#else
    int count = 0;
    for (; bits; bits &= bits - 1) ++count;
    return count;
#endif
}

// The b with 2^b = power.
inline int log2_of(std::uint64_t power) {
    int bits = 0;
    while ((std::uint64_t(1) << bits) < power) ++bits;
    return bits;
}

// The subset that comes after `index` when counting in the bits outside `inserted`.
inline std::uint64_t next_outside(std::uint64_t index, std::uint64_t inserted) {
    return ((index | inserted) + 1) & ~inserted;
}

}  // namespace qsetu
