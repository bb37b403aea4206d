// Vectors of one instruction set, by compiler extensions: the same source serves AVX-512, AVX2, SSE and NEON.
#pragma once

#include <cstdint>
#include <cstring>

namespace qsetu {

// For the bodies of loops that are written in more than one place: as calls they would cost more than what they do.
#define QSETU_INLINE __attribute__((always_inline))

template <typename T>
struct LaneIndex;
template <>
struct LaneIndex<float> {
    using type = std::int32_t;
};
template <>
struct LaneIndex<double> {
    using type = std::int64_t;
};

template <typename T, int Bytes>
struct Simd {
    static constexpr int lanes = Bytes / static_cast<int>(sizeof(T));
    typedef T V __attribute__((vector_size(Bytes)));
    typedef typename LaneIndex<T>::type M __attribute__((vector_size(Bytes)));

    static V load(const T* p) { return *reinterpret_cast<const V*>(p); }
    static void store(T* p, V v) { *reinterpret_cast<V*>(p) = v; }
    // For addresses that are aligned to a number only, such as a caller's array.
    static V load_any(const T* p) {
        V v;
        std::memcpy(&v, p, sizeof v);
        return v;
    }
    static void store_any(T* p, V v) { std::memcpy(p, &v, sizeof v); }

    // Lane l of the result is lane l ^ bits of the argument, when index = xor_index(bits).
    static M xor_index(int bits) {
        M index;
        for (int l = 0; l < lanes; ++l) index[l] = l ^ bits;
        return index;
    }
    static V permute(V v, M index) {
#if defined(__clang__)
        V out;
        for (int l = 0; l < lanes; ++l) out[l] = v[index[l]];
        return out;
#else
        return __builtin_shuffle(v, index);
#endif
    }
    // The same for bits known when compiled: instructions cheaper than a general permutation.
    template <int bits>
    static V flip(V v) {
        M index;
        for (int l = 0; l < lanes; ++l) index[l] = l ^ bits;
        return permute(v, index);
    }
    // Lane l of the result is lane index[l] of a, or of b when index[l] is `lanes` or more.
    static V pick(V a, V b, M index) {
#if defined(__clang__)
        V out;
        for (int l = 0; l < lanes; ++l) out[l] = index[l] < lanes ? a[index[l]] : b[index[l] - lanes];
        return out;
#else
        return __builtin_shuffle(a, b, index);
#endif
    }
    static double sum(V v) {
        double total = 0;
        for (int l = 0; l < lanes; ++l) total += v[l];
        return total;
    }
};

}  // namespace qsetu
