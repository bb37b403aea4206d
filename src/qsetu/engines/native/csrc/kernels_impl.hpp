// The kernels, compiled once for each instruction set (see kernels_*.cpp).
#include "block.hpp"
#include "simd.hpp"

namespace qsetu {
namespace QSETU_ISA {

#include "kernels_sweeps.hpp"
#include "kernels_quads.hpp"
#include "kernels_trig.hpp"

template <typename T>
struct Impl {
    using S = Simd<T, QSETU_VECTOR_BYTES>;
    using V = typename S::V;
    static constexpr int lanes = S::lanes;

    template <typename Body>
    static inline void each(const Subset& subset, const Body& body) {
        Sweeps<T>::each(subset, body);
    }
    template <typename Body>
    static inline void at_lane_bit(int bit, const Body& body) {
        Sweeps<T>::at_lane_bit(bit, body);
    }

    // values: u00 u01 u10 u11, each re then im. Amplitude pair (a, b) <- (u00 a + u01 b, u10 a + u11 b).
    template <Shape shape>
    static void pair_vector(const Bound<T>& op, T* re, T* im) {
        const T* v = op.values;
        V r[4], i[4];
        for (int e = 0; e < 4; ++e) r[e] = S::load(v + 2 * e * lanes), i[e] = S::load(v + (2 * e + 1) * lanes);
        const std::size_t up = op.offset[0] * lanes;
        each(op.subset, [&](std::size_t at) QSETU_INLINE {
            const V ar = S::load(re + at), ai = S::load(im + at);
            const V br = S::load(re + at + up), bi = S::load(im + at + up);
            if (shape == Shape::real) {
                S::store(re + at, r[0] * ar + r[1] * br);
                S::store(im + at, r[0] * ai + r[1] * bi);
                S::store(re + at + up, r[2] * ar + r[3] * br);
                S::store(im + at + up, r[2] * ai + r[3] * bi);
            } else if (shape == Shape::cross) {
                S::store(re + at, r[0] * ar - i[1] * bi);
                S::store(im + at, r[0] * ai + i[1] * br);
                S::store(re + at + up, r[3] * br - i[2] * ai);
                S::store(im + at + up, r[3] * bi + i[2] * ar);
            } else {
                S::store(re + at, r[0] * ar - i[0] * ai + r[1] * br - i[1] * bi);
                S::store(im + at, r[0] * ai + i[0] * ar + r[1] * bi + i[1] * br);
                S::store(re + at + up, r[2] * ar - i[2] * ai + r[3] * br - i[3] * bi);
                S::store(im + at + up, r[2] * ai + i[2] * ar + r[3] * bi + i[3] * br);
            }
        });
    }

    // values: own re im, other re im: lane l <- own[l] x[l] + other[l] x[l ^ bit].
    template <Shape shape, int bit>
    static void pair_lane(const Bound<T>& op, T* re, T* im) {
        const T* v = op.values;
        const V sr = S::load(v), si = S::load(v + lanes), tr = S::load(v + 2 * lanes), ti = S::load(v + 3 * lanes);
        each(op.subset, [&](std::size_t at) QSETU_INLINE {
            const V ar = S::load(re + at), ai = S::load(im + at);
            const V br = S::template flip<bit>(ar), bi = S::template flip<bit>(ai);
            if (shape == Shape::real) {
                S::store(re + at, sr * ar + tr * br);
                S::store(im + at, sr * ai + tr * bi);
            } else if (shape == Shape::cross) {
                S::store(re + at, sr * ar - ti * bi);
                S::store(im + at, sr * ai + ti * br);
            } else {
                S::store(re + at, sr * ar - si * ai + tr * br - ti * bi);
                S::store(im + at, sr * ai + si * ar + tr * bi + ti * br);
            }
        });
    }

    template <Shape shape>
    static void pair_lane_any(const Bound<T>& op, T* re, T* im) {
        at_lane_bit(op.lane_bit[0], [&](auto bit) { pair_lane<shape, decltype(bit)::value>(op, re, im); });
    }

    // values: for each phase re im.
    static void diagonal(const Bound<T>& op, T* re, T* im) {
        for (std::size_t p = 0; p < static_cast<std::size_t>(op.count); ++p) {
            const V fr = S::load(op.values + 2 * p * lanes), fi = S::load(op.values + (2 * p + 1) * lanes);
            T *pr = re + op.offsets[p] * lanes, *pi = im + op.offsets[p] * lanes;
            each(op.subset, [&](std::size_t at) QSETU_INLINE {
                const V ar = S::load(pr + at), ai = S::load(pi + at);
                S::store(pr + at, fr * ar - fi * ai);
                S::store(pi + at, fr * ai + fi * ar);
            });
        }
    }

    // values: row-major entries, re then im, one number each.
    static void dense(const Bound<T>& op, T* re, T* im) {
        const std::size_t dim = static_cast<std::size_t>(op.count);
        T* local = op.scratch;
        std::size_t index = 0;
        for (std::size_t g = 0; g < op.subset.count; ++g) {
            const std::size_t base = index | op.subset.fixed;
            for (std::size_t c = 0; c < dim; ++c) {
                local[2 * c] = re[base + op.offsets[c]];
                local[2 * c + 1] = im[base + op.offsets[c]];
            }
            for (std::size_t r = 0; r < dim; ++r) {
                const T* row = op.values + 2 * dim * r;
                T yr = 0, yi = 0;
                for (std::size_t c = 0; c < dim; ++c) {
                    yr += row[2 * c] * local[2 * c] - row[2 * c + 1] * local[2 * c + 1];
                    yi += row[2 * c] * local[2 * c + 1] + row[2 * c + 1] * local[2 * c];
                }
                re[base + op.offsets[r]] = yr;
                im[base + op.offsets[r]] = yi;
            }
            index = ((index | op.subset.inserted) + 1) & ~op.subset.inserted;
        }
    }

    static void run(const Bound<T>& op, T* re, T* im) {
        switch (op.kind) {
            case Kind::nothing:
                return;
            case Kind::pair_vector:
                if (op.shape == Shape::real) return pair_vector<Shape::real>(op, re, im);
                if (op.shape == Shape::cross) return pair_vector<Shape::cross>(op, re, im);
                return pair_vector<Shape::full>(op, re, im);
            case Kind::pair_lane:
                if (op.shape == Shape::real) return pair_lane_any<Shape::real>(op, re, im);
                if (op.shape == Shape::cross) return pair_lane_any<Shape::cross>(op, re, im);
                return pair_lane_any<Shape::full>(op, re, im);
            case Kind::quad_vector:
                return Quads<T>::vector(op, re, im);
            case Kind::quad_mixed:
                return Quads<T>::mixed_any(op, re, im);
            case Kind::quad_lane:
                return Quads<T>::lane_any(op, re, im);
            case Kind::diagonal:
                return diagonal(op, re, im);
            case Kind::exchange:
                return Sweeps<T>::exchange(op, re, im);
            case Kind::flip:
                return Sweeps<T>::flip_any(op, re, im);
            case Kind::dense:
                return dense(op, re, im);
            case Kind::rotate:
                return Sweeps<T>::rotate_any(op, re, im);
            case Kind::phases:
                return Sweeps<T>::phases(op, re, im);
            case Kind::permute:
                return Sweeps<T>::permute(op, re, im);
        }
    }

    // Running sums of products, lane by lane: single precision is widened every 256 vectors.
    struct Sum {
        double* out;
        V part = V{};
        int pending = 0;
        inline void add(V v) {
            part += v;
            if (++pending == 256) flush();
        }
        void flush() {
            for (int l = 0; l < lanes; ++l) out[l] += part[l];
            part = V{};
            pending = 0;
        }
    };

    // Re conj(l) K k = kr (lr pr + li pi) - ki (lr pi - li pr).
    template <Shape shape>
    static inline V term(V kr, V ki, V lr, V li, V pr, V pi) {
        if (shape == Shape::real) return kr * (lr * pr + li * pi);
        if (shape == Shape::cross) return -ki * (lr * pi - li * pr);
        return kr * (lr * pr + li * pi) - ki * (lr * pi - li * pr);
    }

    // K of a rotation has a zero diagonal, or is diagonal; the shape is that of its non-zero entries
    // (cross stands for imaginary).
    template <Shape shape>
    static void slope_pair_vector(const Bound<T>& op, const T* br, const T* bi, const T* kr, const T* ki, double* out) {
        const T* v = op.values;
        const std::size_t up = op.offset[0] * lanes;
        const V r1 = S::load(v + 2 * lanes), i1 = S::load(v + 3 * lanes);
        const V r2 = S::load(v + 4 * lanes), i2 = S::load(v + 5 * lanes);
        Sum sum{out};
        each(op.subset, [&](std::size_t at) QSETU_INLINE {
            sum.add(term<shape>(r1, i1, S::load(br + at), S::load(bi + at), S::load(kr + at + up), S::load(ki + at + up)) +
                    term<shape>(r2, i2, S::load(br + at + up), S::load(bi + at + up), S::load(kr + at), S::load(ki + at)));
        });
        sum.flush();
    }

    template <Shape shape>
    static void slope_pair_lane(const Bound<T>& op, const T* br, const T* bi, const T* kr, const T* ki, double* out) {
        const V tr = S::load(op.values + 2 * lanes), ti = S::load(op.values + 3 * lanes);
        const auto partner = S::xor_index(op.lane_bit[0]);
        Sum sum{out};
        each(op.subset, [&](std::size_t at) QSETU_INLINE {
            const V pr = S::permute(S::load(kr + at), partner), pi = S::permute(S::load(ki + at), partner);
            sum.add(term<shape>(tr, ti, S::load(br + at), S::load(bi + at), pr, pi));
        });
        sum.flush();
    }

    static void slope_diagonal(const Bound<T>& op, const T* br, const T* bi, const T* kr, const T* ki, double* out) {
        Sum sum{out};
        for (std::size_t p = 0; p < static_cast<std::size_t>(op.count); ++p) {
            const std::size_t o = op.offsets[p] * lanes;
            const V fr = S::load(op.values + 2 * p * lanes), fi = S::load(op.values + (2 * p + 1) * lanes);
            each(op.subset, [&](std::size_t at) QSETU_INLINE {
                at += o;
                sum.add(term<Shape::full>(fr, fi, S::load(br + at), S::load(bi + at), S::load(kr + at), S::load(ki + at)));
            });
        }
        sum.flush();
    }

    static void slope_dense(const Bound<T>& op, const T* br, const T* bi, const T* kr, const T* ki, double* out) {
        const std::size_t dim = static_cast<std::size_t>(op.count);
        std::size_t index = 0;
        for (std::size_t g = 0; g < op.subset.count; ++g) {
            const std::size_t base = index | op.subset.fixed;
            for (std::size_t r = 0; r < dim; ++r) {
                for (std::size_t c = 0; c < dim; ++c) {
                    const T mr = op.values[2 * (dim * r + c)], mi = op.values[2 * (dim * r + c) + 1];
                    if (mr == 0 && mi == 0) continue;
                    const std::size_t a = base + op.offsets[r], b = base + op.offsets[c];
                    out[base % lanes] += double(mr) * (double(br[a]) * kr[b] + double(bi[a]) * ki[b]) -
                             double(mi) * (double(br[a]) * ki[b] - double(bi[a]) * kr[b]);
                }
            }
            index = ((index | op.subset.inserted) + 1) & ~op.subset.inserted;
        }
    }

    static void slope(const Bound<T>& op, const T* br, const T* bi, const T* kr, const T* ki, double* out) {
        switch (op.kind) {
            case Kind::pair_vector:
                if (op.shape == Shape::real) return slope_pair_vector<Shape::real>(op, br, bi, kr, ki, out);
                if (op.shape == Shape::cross) return slope_pair_vector<Shape::cross>(op, br, bi, kr, ki, out);
                return slope_pair_vector<Shape::full>(op, br, bi, kr, ki, out);
            case Kind::pair_lane:
                if (op.shape == Shape::real) return slope_pair_lane<Shape::real>(op, br, bi, kr, ki, out);
                if (op.shape == Shape::cross) return slope_pair_lane<Shape::cross>(op, br, bi, kr, ki, out);
                return slope_pair_lane<Shape::full>(op, br, bi, kr, ki, out);
            case Kind::diagonal:
                return slope_diagonal(op, br, bi, kr, ki, out);
            case Kind::dense:
                return slope_dense(op, br, bi, kr, ki, out);
            default:
                return;  // nothing: a generator that vanishes here
        }
    }

    static bool odd(std::size_t bits) { return __builtin_parityll(bits); }

    // (-1)^|lane & z| for every lane.
    static V lane_signs(std::size_t z) {
        V signs;
        for (int l = 0; l < lanes; ++l) signs[l] = odd(static_cast<std::size_t>(l) & z) ? T(-1) : T(1);
        return signs;
    }

    static void overlap(const T* re, const T* im, std::size_t size, std::size_t x, std::size_t z, double* out) {
        const std::size_t high_x = x / lanes * lanes, high_z = z / lanes * lanes;
        const V signs = lane_signs(z % lanes);
        const auto partner = S::xor_index(static_cast<int>(x % lanes));
        double reals[lanes] = {}, imags[lanes] = {};
        Sum real{reals}, imag{imags};
        if (x == 0) {
            for (std::size_t at = 0; at < size; at += lanes) {
                const V r = S::load(re + at), i = S::load(im + at), w = (r * r + i * i) * signs;
                real.add(odd(at & high_z) ? -w : w);
            }
        } else {
            for (std::size_t at = 0; at < size; at += lanes) {
                const std::size_t other = at ^ high_x;
                const V kr = S::load(re + at), ki = S::load(im + at);
                const V br = S::permute(S::load(re + other), partner), bi = S::permute(S::load(im + other), partner);
                const V sign = odd(at & high_z) ? -signs : signs;
                real.add(sign * (br * kr + bi * ki));
                imag.add(sign * (br * ki - bi * kr));
            }
        }
        real.flush();
        imag.flush();
        out[0] = out[1] = 0;
        for (int l = 0; l < lanes; ++l) out[0] += reals[l], out[1] += imags[l];
    }

    static void observe(const T* re, const T* im, std::size_t size, std::size_t x, std::size_t z, T factor_re,
                        T factor_im, T* out_re, T* out_im) {
        const std::size_t high_x = x / lanes * lanes, high_z = z / lanes * lanes;
        const V signs = lane_signs(z % lanes);
        const auto partner = S::xor_index(static_cast<int>(x % lanes));
        for (std::size_t at = 0; at < size; at += lanes) {
            const std::size_t to = at ^ high_x;
            const V sign = odd(at & high_z) ? -signs : signs;
            const V kr = S::load(re + at) * sign, ki = S::load(im + at) * sign;
            const V tr = S::permute(factor_re * kr - factor_im * ki, partner);
            const V ti = S::permute(factor_re * ki + factor_im * kr, partner);
            S::store(out_re + to, S::load(out_re + to) + tr);
            S::store(out_im + to, S::load(out_im + to) + ti);
        }
    }

    static constexpr Kernels<T> table(const char* name) {
        using W = Sweeps<T>;
        return {name,         lanes,   run,     slope,    W::rotation_slopes, W::phase_slopes, W::multiply_table,
                W::sum_table, W::fold_table, overlap, observe, W::split,        W::join,
                W::gather,    W::scatter,   Trig::many, W::blend, W::double_up, W::turn};
    }
};

extern const Kernels<float> float_kernels;
extern const Kernels<double> double_kernels;
const Kernels<float> float_kernels = Impl<float>::table(QSETU_ISA_NAME);
const Kernels<double> double_kernels = Impl<double>::table(QSETU_ISA_NAME);

}  // namespace QSETU_ISA
}  // namespace qsetu
