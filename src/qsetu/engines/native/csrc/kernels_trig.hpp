// Sines and cosines of many angles at once. Included by kernels_impl.hpp, inside the namespace of one instruction set.
#pragma once

// The nearest multiple of pi/2 is taken off in three parts (Cody and Waite 1980), the first two short enough that
// their products with the multiple are exact; the rest, within pi/4 of 0, goes through the Taylor series, whose first
// terms left out are below 1e-18.
struct Trig {
    static constexpr int lanes = QSETU_VECTOR_BYTES / 8;
    using S = Simd<double, QSETU_VECTOR_BYTES>;
    using V = S::V;
    using M = S::M;
    // Beyond this the multiple has too many bits; the library is asked then, for NaN and infinities, too.
    static constexpr double kMost = 1e5;

    static inline void one(const double* angles, double* sines, double* cosines) {
        constexpr double kTwoOverPi = 0.63661977236758134308;
        constexpr double kHalfPi[3] = {0x1.921fb544p+0, 0x1.0b4611a6p-34, 0x1.3198a2e037073p-69};
        // Adding and taking off 1.5 * 2^52 rounds to an integer, whose bits are the lowest of the sum.
        constexpr double kRound = 6755399441055744.0;
        const V x = S::load_any(angles);
        const V shifted = x * kTwoOverPi + kRound, multiple = shifted - kRound;
        M quadrant;
        std::memcpy(&quadrant, &shifted, sizeof quadrant);
        const V r = ((x - multiple * kHalfPi[0]) - multiple * kHalfPi[1]) - multiple * kHalfPi[2], q = r * r;
        V s = V{} + 1.0 / 355687428096000.0, c = V{} + 1.0 / 20922789888000.0;  // 17!, 16!
        constexpr double odd[] = {-1.0 / 1307674368000.0, 1.0 / 6227020800.0, -1.0 / 39916800.0, 1.0 / 362880.0,
                                  -1.0 / 5040.0,          1.0 / 120.0,        -1.0 / 6.0};
        constexpr double even[] = {-1.0 / 87178291200.0, 1.0 / 479001600.0, -1.0 / 3628800.0, 1.0 / 40320.0,
                                   -1.0 / 720.0,         1.0 / 24.0,        -1.0 / 2.0};
        for (int k = 0; k < 7; ++k) s = s * q + odd[k], c = c * q + even[k];
        s = r + r * q * s;
        c = 1.0 + q * c;
        const M swap = (quadrant & 1) != 0, sine_down = (quadrant & 2) != 0, cosine_down = ((quadrant + 1) & 2) != 0;
        const V sine = swap ? c : s, cosine = swap ? s : c;
        S::store_any(sines, sine_down ? -sine : sine);
        S::store_any(cosines, cosine_down ? -cosine : cosine);
        for (int l = 0; l < lanes; ++l) {
            if (__builtin_fabs(x[l]) < kMost) continue;
            sines[l] = __builtin_sin(x[l]);
            cosines[l] = __builtin_cos(x[l]);
        }
    }

    static void many(const double* angles, double* sines, double* cosines, std::size_t count) {
        std::size_t i = 0;
        for (; i + lanes <= count; i += lanes) one(angles + i, sines + i, cosines + i);
        if (i == count) return;
        double in[lanes] = {}, s[lanes], c[lanes];
        for (std::size_t j = 0; i + j < count; ++j) in[j] = angles[i + j];
        one(in, s, c);
        for (std::size_t j = 0; i + j < count; ++j) sines[i + j] = s[j], cosines[i + j] = c[j];
    }
};
