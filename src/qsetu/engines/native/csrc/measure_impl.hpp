// The kernels of measure.hpp, compiled once for each instruction set (see kernels_*.cpp).
#include "measure.hpp"
#include "simd.hpp"

namespace qsetu {
namespace QSETU_ISA {

template <typename T>
struct MeasureImpl {
    using S = Simd<T, QSETU_VECTOR_BYTES>;
    using V = typename S::V;
    static constexpr std::size_t lanes = S::lanes;
    // Sums in T are widened to double after so many vectors.
    static constexpr std::size_t kRun = 256;

    static bool odd(std::size_t bits) { return __builtin_parityll(bits); }

    // (-1)^|lane & z| for every lane.
    static V lane_signs(std::size_t z) {
        V signs;
        for (std::size_t l = 0; l < lanes; ++l) signs[l] = odd(l & z) ? T(-1) : T(1);
        return signs;
    }

    static void norms(const T* re, const T* im, std::size_t size, T* out) {
        for (std::size_t at = 0; at < size; at += lanes) {
            const V r = S::load(re + at), i = S::load(im + at);
            S::store(out + at, r * r + i * i);
        }
    }

    static void products(const T* bra_re, const T* bra_im, const T* ket_re, const T* ket_im, std::size_t size,
                         std::size_t x, T* out_re, T* out_im) {
        const std::size_t high = x / lanes * lanes;  // which vector; the rest of x permutes lanes
        const auto partner = S::xor_index(static_cast<int>(x % lanes));
        for (std::size_t at = 0; at < size; at += lanes) {
            const V kr = S::load(ket_re + at), ki = S::load(ket_im + at);
            const V br = S::permute(S::load(bra_re + (at ^ high)), partner);
            const V bi = S::permute(S::load(bra_im + (at ^ high)), partner);
            S::store(out_re + at, br * kr + bi * ki);
            S::store(out_im + at, br * ki - bi * kr);
        }
    }

    static double signed_sum(const T* v, std::size_t size, std::size_t z) {
        const std::size_t high = z / lanes * lanes;
        const V signs = lane_signs(z % lanes);
        double total = 0;
        for (std::size_t begin = 0; begin < size; begin += kRun * lanes) {
            const std::size_t end = size - begin < kRun * lanes ? size : begin + kRun * lanes;
            V plus = V{}, minus = V{};
            for (std::size_t at = begin; at < end; at += lanes) {
                if (odd(at & high)) {
                    minus += S::load(v + at);
                } else {
                    plus += S::load(v + at);
                }
            }
            total += S::sum((plus - minus) * signs);
        }
        return total;
    }

    static void lane_sums(const T* v, std::size_t size, std::size_t z, double* out) {
        const std::size_t vectors = size / lanes;
        for (std::size_t l = 0; l < lanes; ++l) out[l] = 0;
        for (std::size_t begin = 0; begin < vectors; begin += kRun) {
            const std::size_t end = vectors - begin < kRun ? vectors : begin + kRun;
            V plus = V{}, minus = V{};
            for (std::size_t at = begin; at < end; ++at) {
                if (odd(at & z)) {
                    minus += S::load(v + at * lanes);
                } else {
                    plus += S::load(v + at * lanes);
                }
            }
            for (std::size_t l = 0; l < lanes; ++l) out[l] += double(plus[l]) - double(minus[l]);
        }
    }

    static void add_signs(T* plane, std::size_t size, std::size_t z, const T* factors) {
        const V up = S::load_any(factors), down = -up;
        for (std::size_t at = 0; at < size / lanes; ++at) {
            S::store(plane + at * lanes, S::load(plane + at * lanes) + (odd(at & z) ? down : up));
        }
    }

    static void walsh(T* v, std::size_t size) {
        for (std::size_t at = 0; at < size; at += lanes) {
            V x = S::load(v + at);
            for (std::size_t bit = 1; bit < lanes; bit *= 2) {
                x = S::permute(x, S::xor_index(static_cast<int>(bit))) + x * lane_signs(bit);
            }
            S::store(v + at, x);
        }
        walsh_vectors(v, size);
    }

    // Two levels of butterflies at a time: the vectors a distance of `step` and `2 * step` apart.
    static void walsh_vectors(T* v, std::size_t size) {
        std::size_t step = lanes;
        for (; 4 * step <= size; step *= 4) {
            for (std::size_t base = 0; base < size; base += 4 * step) {
                for (std::size_t at = base; at < base + step; at += lanes) {
                    const V a = S::load(v + at), b = S::load(v + at + step);
                    const V c = S::load(v + at + 2 * step), d = S::load(v + at + 3 * step);
                    const V p = a + b, m = a - b, q = c + d, n = c - d;
                    S::store(v + at, p + q);
                    S::store(v + at + step, m + n);
                    S::store(v + at + 2 * step, p - q);
                    S::store(v + at + 3 * step, m - n);
                }
            }
        }
        if (step < size) {
            for (std::size_t at = 0; at < step; at += lanes) {
                const V a = S::load(v + at), b = S::load(v + at + step);
                S::store(v + at, a + b);
                S::store(v + at + step, a - b);
            }
        }
    }

    static void spread(const T* ket_re, const T* ket_im, const T* f_re, const T* f_im, std::size_t size, std::size_t x,
                       T* out_re, T* out_im) {
        const std::size_t high = x / lanes * lanes;
        const auto partner = S::xor_index(static_cast<int>(x % lanes));
        for (std::size_t at = 0; at < size; at += lanes) {
            const V kr = S::load(ket_re + at), ki = S::load(ket_im + at), fr = S::load(f_re + at);
            V r = fr * kr, i = fr * ki;
            if (f_im) {
                const V fi = S::load(f_im + at);
                r -= fi * ki, i += fi * kr;
            }
            T *to_re = out_re + (at ^ high), *to_im = out_im + (at ^ high);
            S::store(to_re, S::load(to_re) + S::permute(r, partner));
            S::store(to_im, S::load(to_im) + S::permute(i, partner));
        }
    }

    // body(first element of a vector, sums) for the vectors whose index has none of the bits `skipped`
    // (counted in vectors). Sums stay apart lane by lane: totals[s][lane].
    template <int Sums, typename Body>
    static inline void each(std::size_t size, std::size_t skipped, double (*totals)[lanes], const Body& body) {
        std::size_t vectors = size / lanes, index = 0;
        for (std::size_t bits = skipped; bits; bits &= bits - 1) vectors /= 2;
        for (int s = 0; s < Sums; ++s) {
            for (std::size_t l = 0; l < lanes; ++l) totals[s][l] = 0;
        }
        for (std::size_t g = 0; g < vectors;) {
            V sums[Sums];
            for (int s = 0; s < Sums; ++s) sums[s] = V{};
            const std::size_t stop = vectors - g < kRun ? vectors : g + kRun;
            for (; g < stop; ++g) {
                body(index * lanes, sums);
                index = ((index | skipped) + 1) & ~skipped;
            }
            for (int s = 0; s < Sums; ++s) {
                for (std::size_t l = 0; l < lanes; ++l) totals[s][l] += sums[s][l];
            }
        }
    }

    // An amplitude of each lane, and what is done with two of them.
    struct Pair {
        V re, im;
    };
    static inline Pair load(const T* re, const T* im, std::size_t at) { return {S::load(re + at), S::load(im + at)}; }
    template <typename Partner>
    static inline Pair permuted(const Pair& x, const Partner& partner) {
        return {S::permute(x.re, partner), S::permute(x.im, partner)};
    }
    static inline void add_norm(V* sum, const Pair& x) {
        *sum += x.re * x.re;
        *sum += x.im * x.im;
    }
    // x conj(y), into sum[0] and sum[1].
    static inline void add_product(V* sum, const Pair& x, const Pair& y) {
        sum[0] += x.re * y.re;
        sum[0] += x.im * y.im;
        sum[1] += x.im * y.re;
        sum[1] -= x.re * y.im;
    }

    // Adds to entry (r, c) of a matrix, and the conjugate to (c, r).
    static void put(double* out, int dim, int r, int c, double re, double im) {
        out[2 * (dim * r + c)] += re;
        out[2 * (dim * r + c) + 1] += im;
        if (r == c) return;
        out[2 * (dim * c + r)] += re;
        out[2 * (dim * c + r) + 1] -= im;
    }

    static void reduce_one(const T* re, const T* im, std::size_t size, int qubit, double* out) {
        const std::size_t bit = std::size_t(1) << qubit;
        double t[4][lanes];
        if (bit < lanes) {
            const auto partner = S::xor_index(static_cast<int>(bit));
            each<3>(size, 0, t, [&](std::size_t at, V* sums) {
                const Pair x = load(re, im, at);
                add_norm(sums, x);
                add_product(sums + 1, x, permuted(x, partner));
            });
            for (std::size_t l = 0; l < lanes; ++l) {
                const int r = l & bit ? 1 : 0;
                put(out, 2, r, r, t[0][l], 0);
                if (!r) put(out, 2, 0, 1, t[1][l], t[2][l]);
            }
            return;
        }
        each<4>(size, bit / lanes, t, [&](std::size_t at, V* sums) {
            const Pair x = load(re, im, at), y = load(re, im, at + bit);
            add_norm(sums, x);
            add_norm(sums + 1, y);
            add_product(sums + 2, x, y);
        });
        for (std::size_t l = 0; l < lanes; ++l) {
            put(out, 2, 0, 0, t[0][l], 0);
            put(out, 2, 1, 1, t[1][l], 0);
            put(out, 2, 0, 1, t[2][l], t[3][l]);
        }
    }

    // Both qubits choose the vector.
    static void reduce_vectors(const T* re, const T* im, std::size_t size, std::size_t p, std::size_t q, double* out) {
        double t[8][lanes];
        // Two sweeps of eight sums each: sixteen would not fit the registers.
        each<8>(size, (p | q) / lanes, t, [&](std::size_t at, V* sums) {
            const Pair a = load(re, im, at), b = load(re, im, at + p);
            const Pair c = load(re, im, at + q), d = load(re, im, at + p + q);
            add_norm(sums, a);
            add_norm(sums + 1, b);
            add_norm(sums + 2, c);
            add_norm(sums + 3, d);
            add_product(sums + 4, a, b);
            add_product(sums + 6, c, d);
        });
        for (std::size_t l = 0; l < lanes; ++l) {
            for (int r = 0; r < 4; ++r) put(out, 4, r, r, t[r][l], 0);
            put(out, 4, 0, 1, t[4][l], t[5][l]);
            put(out, 4, 2, 3, t[6][l], t[7][l]);
        }
        each<8>(size, (p | q) / lanes, t, [&](std::size_t at, V* sums) {
            const Pair a = load(re, im, at), b = load(re, im, at + p);
            const Pair c = load(re, im, at + q), d = load(re, im, at + p + q);
            add_product(sums, a, c);
            add_product(sums + 2, b, d);
            add_product(sums + 4, a, d);
            add_product(sums + 6, b, c);
        });
        for (std::size_t l = 0; l < lanes; ++l) {
            put(out, 4, 0, 2, t[0][l], t[1][l]);
            put(out, 4, 1, 3, t[2][l], t[3][l]);
            put(out, 4, 0, 3, t[4][l], t[5][l]);
            put(out, 4, 1, 2, t[6][l], t[7][l]);
        }
    }

    // One qubit chooses the vector, the other the lane; v and w are what they add to a matrix index.
    static void reduce_mixed(const T* re, const T* im, std::size_t size, std::size_t vector_bit, std::size_t lane_bit,
                             int v, int w, double* out) {
        const auto partner = S::xor_index(static_cast<int>(lane_bit));
        double t[10][lanes];
        each<10>(size, vector_bit / lanes, t, [&](std::size_t at, V* sums) {
            const Pair x = load(re, im, at), y = load(re, im, at + vector_bit);
            const Pair turned = permuted(y, partner);
            add_norm(sums, x);
            add_norm(sums + 1, y);
            add_product(sums + 2, x, y);
            add_product(sums + 4, x, permuted(x, partner));
            add_product(sums + 6, y, turned);
            add_product(sums + 8, x, turned);
        });
        for (std::size_t l = 0; l < lanes; ++l) {
            const int own = l & lane_bit ? w : 0, other = w - own;  // this lane's value, its partner's
            put(out, 4, own, own, t[0][l], 0);
            put(out, 4, own + v, own + v, t[1][l], 0);
            put(out, 4, own, own + v, t[2][l], t[3][l]);
            put(out, 4, own, other + v, t[8][l], t[9][l]);
            if (own) continue;  // x conj(x') and its conjugate would both be counted
            put(out, 4, 0, w, t[4][l], t[5][l]);
            put(out, 4, v, w + v, t[6][l], t[7][l]);
        }
    }

    // Both qubits choose the lane.
    static void reduce_lanes(const T* re, const T* im, std::size_t size, std::size_t p, std::size_t q, double* out) {
        const auto flip_p = S::xor_index(static_cast<int>(p)), flip_q = S::xor_index(static_cast<int>(q));
        double t[7][lanes];
        each<7>(size, 0, t, [&](std::size_t at, V* sums) {
            const Pair x = load(re, im, at), y = permuted(x, flip_q);
            add_norm(sums, x);
            add_product(sums + 1, x, permuted(x, flip_p));
            add_product(sums + 3, x, y);
            add_product(sums + 5, x, permuted(y, flip_p));
        });
        for (std::size_t l = 0; l < lanes; ++l) {
            const int r = (l & p ? 1 : 0) + (l & q ? 2 : 0);
            put(out, 4, r, r, t[0][l], 0);
            // Each pair of lanes once.
            if (!(l & p)) put(out, 4, r, r ^ 1, t[1][l], t[2][l]);
            if (!(l & q)) put(out, 4, r, r ^ 2, t[3][l], t[4][l]);
            if (!(l & p)) put(out, 4, r, r ^ 3, t[5][l], t[6][l]);
        }
    }

    static void reduce_two(const T* re, const T* im, std::size_t size, int first, int second, double* out) {
        const std::size_t p = std::size_t(1) << first, q = std::size_t(1) << second;
        if (p >= lanes && q >= lanes) return reduce_vectors(re, im, size, p, q, out);
        if (p < lanes && q < lanes) return reduce_lanes(re, im, size, p, q, out);
        if (p >= lanes) return reduce_mixed(re, im, size, p, q, 1, 2, out);
        return reduce_mixed(re, im, size, q, p, 2, 1, out);
    }

    static double weight(const T* pairs, std::size_t count) {
        double sums[16] = {};  // independent, so that the compiler may use vectors
        const std::size_t numbers = 2 * count, whole = numbers / 16 * 16;
        for (std::size_t at = 0; at < whole; at += 16) {
            for (int s = 0; s < 16; ++s) sums[s] += double(pairs[at + s]) * double(pairs[at + s]);
        }
        for (std::size_t at = whole; at < numbers; ++at) sums[at - whole] += double(pairs[at]) * double(pairs[at]);
        double total = 0;
        for (int s = 0; s < 16; ++s) total += sums[s];
        return total;
    }

    static void running(const T* pairs, std::size_t count, double* out) {
        for (std::size_t i = 0; i < count; ++i) {
            out[i] = double(pairs[2 * i]) * double(pairs[2 * i]) + double(pairs[2 * i + 1]) * double(pairs[2 * i + 1]);
        }
        double total = 0;
        for (std::size_t i = 0; i < count; ++i) out[i] = total += out[i];
    }

    static constexpr MeasureKernels<T> table() {
        return {lanes,     norms,  products,   signed_sum, walsh,  lane_sums, walsh_vectors,
                add_signs, spread, reduce_one, reduce_two, weight, running};
    }
};

extern const MeasureKernels<float> float_measures;
extern const MeasureKernels<double> double_measures;
const MeasureKernels<float> float_measures = MeasureImpl<float>::table();
const MeasureKernels<double> double_measures = MeasureImpl<double>::table();

}  // namespace QSETU_ISA
}  // namespace qsetu
