// Sweeps that do several gates in one reading of the block, and the ways in and out of a block.
// Included by kernels_impl.hpp, inside the namespace of one instruction set.
#pragma once

template <typename T>
struct Sweeps {
    using S = Simd<T, QSETU_VECTOR_BYTES>;
    using V = typename S::V;
    using M = typename S::M;
    static constexpr int lanes = S::lanes;

    // body(offset of a vector's first element) over a subset.
    template <typename Body>
    static inline void each(const Subset& subset, const Body& body) {
        std::size_t index = 0;
        for (std::size_t g = 0; g < subset.count; ++g) {
            body((index | subset.fixed) * lanes);
            index = ((index | subset.inserted) + 1) & ~subset.inserted;
        }
    }

    // A lane bit as a constant: body(Bit<1>()), or Bit<2>, ...
    template <int bit>
    struct Bit {
        static constexpr int value = bit;
    };
    template <typename Body>
    static inline void at_lane_bit(int bit, const Body& body) {
        if (bit == 1) return body(Bit<1>());
        if constexpr (lanes > 2) {
            if (bit == 2) return body(Bit<2>());
        }
        if constexpr (lanes > 4) {
            if (bit == 4) return body(Bit<4>());
        }
        if constexpr (lanes > 8) {
            if (bit == 8) return body(Bit<8>());
        }
    }

    // Rotations [[a, -b], [b, a]] on `Vectors` vector bits and on the lane bits of `lane_set`. Real matrices
    // never mix the two planes, so eight vectors of one plane are all that has to be held.
    // values: for each vector bit a then b, then the same for each lane bit, used or not; a lane bit's b carries
    // the sign of its lane. Unless scaled, every a is 1.
    template <int Vectors, bool scaled, bool on_lanes>
    static void rotate(const Bound<T>& op, T* re, T* im) {
        constexpr int held = 1 << Vectors, near = held < 4 ? held : 4;
        // Vector i lies at near_place[i % 4] + (i / 4) far_place: few enough numbers to stay in registers.
        const std::size_t first = op.offset[0] * lanes, second = op.offset[1] * lanes;
        const std::size_t near_place[4] = {0, first, second, first + second}, far_place = op.offset[2] * lanes;
        V a[3], b[3];
        for (int j = 0; j < Vectors; ++j) {
            a[j] = S::load(op.values + 2 * j * lanes);
            b[j] = S::load(op.values + (2 * j + 1) * lanes);
        }
        const T* lane_values = op.values + 2 * Vectors * lanes;
        const int lane_set = op.lane_set;
        const auto turn = [&](T* plane) {
            V x[held];
            for (int i = 0; i < held; ++i) x[i] = S::load(plane + i / near * far_place + near_place[i % near]);
            for (int j = 0; j < Vectors; ++j) {
                for (int i = 0; i < held; ++i) {
                    if (i >> j & 1) continue;
                    const V low = x[i], high = x[i | 1 << j];
                    x[i] = (scaled ? a[j] * low : low) - b[j] * high;
                    x[i | 1 << j] = (scaled ? a[j] * high : high) + b[j] * low;
                }
            }
            if (on_lanes) {
                turn_lanes<held, scaled, 1>(x, lane_set, lane_values);
                turn_lanes<held, scaled, 2>(x, lane_set, lane_values + 2 * lanes);
                turn_lanes<held, scaled, 4>(x, lane_set, lane_values + 4 * lanes);
                turn_lanes<held, scaled, 8>(x, lane_set, lane_values + 6 * lanes);
            }
            for (int i = 0; i < held; ++i) S::store(plane + i / near * far_place + near_place[i % near], x[i]);
        };
        each(op.subset, [&](std::size_t at) {
            turn(re + at);
            turn(im + at);
        });
    }

    template <int held, bool scaled, int bit>
    static inline void turn_lanes(V* x, int lane_set, const T* values) {
        if constexpr (bit < lanes) {
            if (!(lane_set & bit)) return;
            const V a = S::load(values), b = S::load(values + lanes);
            for (int i = 0; i < held; ++i) {
                x[i] = (scaled ? a * x[i] : x[i]) + b * S::template flip<bit>(x[i]);
            }
        }
    }

    template <int Vectors>
    static void rotate_some(const Bound<T>& op, T* re, T* im) {
        if (op.lane_set) {
            op.scaled ? rotate<Vectors, true, true>(op, re, im) : rotate<Vectors, false, true>(op, re, im);
        } else {
            op.scaled ? rotate<Vectors, true, false>(op, re, im) : rotate<Vectors, false, false>(op, re, im);
        }
    }

    static void rotate_any(const Bound<T>& op, T* re, T* im) {
        if (op.count == 0) return rotate_some<0>(op, re, im);
        if (op.count == 1) return rotate_some<1>(op, re, im);
        if (op.count == 2) return rotate_some<2>(op, re, im);
        rotate_some<3>(op, re, im);
    }

    // values: a table of phases, a vector re and a vector im for each entry; map[g] is the entry for the g-th
    // vector of the subset.
    static void phases(const Bound<T>& op, T* re, T* im) {
        const std::uint16_t* entry = op.map;
        const T* table = op.values;
        each(op.subset, [&](std::size_t at) {
            const T* f = table + std::size_t(*entry++) * 2 * lanes;
            const V fr = S::load(f), fi = S::load(f + lanes);
            const V ar = S::load(re + at), ai = S::load(im + at);
            S::store(re + at, fr * ar - fi * ai);
            S::store(im + at, fr * ai + fi * ar);
        });
    }

    template <int Vectors>
    static void vector_slopes(const Bound<T>& op, const T* br, const T* bi, const T* kr, const T* ki,
                              double (*out)[kMostLanes]) {
        constexpr int held = 1 << Vectors, near = held < 4 ? held : 4;
        const std::size_t first = op.offset[0] * lanes, second = op.offset[1] * lanes;
        const std::size_t near_place[4] = {0, first, second, first + second}, far_place = op.offset[2] * lanes;
        const auto place = [&](int i) { return i / near * far_place + near_place[i % near]; };
        // Two sums a bit, so that no addition waits for the one before it.
        V plus[Vectors] = {}, minus[Vectors] = {};
        int pending = 0;
        const auto flush = [&] {
            for (int j = 0; j < Vectors; ++j) {
                for (int l = 0; l < lanes; ++l) out[j][l] += double(plus[j][l]) - double(minus[j][l]);
                plus[j] = minus[j] = V{};
            }
            pending = 0;
        };
        const auto add = [&](const T* bra, const T* ket) {
            V x[held];
            for (int i = 0; i < held; ++i) x[i] = S::load(bra + place(i));
            for (int i = 0; i < held; ++i) {
                const V y = S::load(ket + place(i));
                for (int j = 0; j < Vectors; ++j) {
                    if (i >> j & 1) {
                        minus[j] += x[i ^ 1 << j] * y;
                    } else {
                        plus[j] += x[i ^ 1 << j] * y;
                    }
                }
            }
        };
        each(op.subset, [&](std::size_t at) {
            add(br + at, kr + at);
            add(bi + at, ki + at);
            if (++pending == 64) flush();
        });
        flush();
    }

    static void rotation_slopes(const Bound<T>& op, const T* br, const T* bi, const T* kr, const T* ki,
                                double (*out)[kMostLanes]) {
        if (op.count == 1) vector_slopes<1>(op, br, bi, kr, ki, out);
        if (op.count == 2) vector_slopes<2>(op, br, bi, kr, ki, out);
        if (op.count == 3) vector_slopes<3>(op, br, bi, kr, ki, out);
        if (!op.lane_set) return;
        lane_slope<1>(op, br, bi, kr, ki, out[op.count]);
        lane_slope<2>(op, br, bi, kr, ki, out[op.count + 1]);
        lane_slope<4>(op, br, bi, kr, ki, out[op.count + 2]);
        lane_slope<8>(op, br, bi, kr, ki, out[op.count + 3]);
    }

    template <int bit>
    static inline void lane_slope(const Bound<T>& op, const T* br, const T* bi, const T* kr, const T* ki, double* out) {
        if constexpr (bit < lanes) {
            if (!(op.lane_set & bit)) return;
            V real = V{}, imag = V{};
            int pending = 0;
            const auto flush = [&] {
                // Lanes with the bit count as bra_high ket_low, the others as bra_low ket_high.
                for (int l = 0; l < lanes; ++l) out[l] += (l & bit ? 1 : -1) * (double(real[l]) + double(imag[l]));
                real = imag = V{};
                pending = 0;
            };
            each(op.subset, [&](std::size_t at) {
                real += S::load(br + at) * S::template flip<bit>(S::load(kr + at));
                imag += S::load(bi + at) * S::template flip<bit>(S::load(ki + at));
                if (++pending == 256) flush();
            });
            flush();
        }
    }

    static void phase_slopes(const Bound<T>& op, const T* br, const T* bi, const T* kr, const T* ki, T* sums) {
        const std::uint16_t* entry = op.map;
        each(op.subset, [&](std::size_t at) {
            T* sum = sums + std::size_t(*entry++) * lanes;
            S::store(sum, S::load(sum) + S::load(br + at) * S::load(ki + at) - S::load(bi + at) * S::load(kr + at));
        });
    }

    // body(index) for the table's vectors with `fixed` in `mask`.
    template <typename Body>
    static inline void matching(std::size_t vectors, std::size_t mask, std::size_t fixed, const Body& body) {
        for (std::size_t index = 0; index < vectors; index = ((index | mask) + 1) & ~mask) body(index | fixed);
    }

    static void multiply_table(T* table, std::size_t vectors, std::size_t mask, std::size_t fixed, const T* factor) {
        const V fr = S::load(factor), fi = S::load(factor + lanes);
        matching(vectors, mask, fixed, [&](std::size_t index) {
            T* at = table + 2 * index * lanes;
            const V r = S::load(at), i = S::load(at + lanes);
            S::store(at, fr * r - fi * i);
            S::store(at + lanes, fr * i + fi * r);
        });
    }

    static void sum_table(const T* sums, std::size_t vectors, std::size_t mask, std::size_t fixed, T* out) {
        V total = V{};
        matching(vectors, mask, fixed, [&](std::size_t index) { total += S::load(sums + index * lanes); });
        S::store(out, total);
    }

    static void fold_table(T* sums, std::size_t half) {
        for (std::size_t v = 0; v < half; ++v) {
            S::store(sums + v * lanes, S::load(sums + v * lanes) + S::load(sums + (v + half) * lanes));
        }
    }

    // values, for both: a mask of ones and zeros for the lanes that move, or none if all do.
    static void exchange(const Bound<T>& op, T* re, T* im) {
        const std::size_t a = op.offset[0] * lanes, b = op.offset[1] * lanes;
        const auto swap = [&](T* plane) {
            const V first = S::load(plane + a);
            S::store(plane + a, S::load(plane + b));
            S::store(plane + b, first);
        };
        if (!op.values) {
            each(op.subset, [&](std::size_t at) { swap(re + at), swap(im + at); });
            return;
        }
        const M moves = S::load(op.values) != V{};
        const auto swap_some = [&](T* plane) {
            const V first = S::load(plane + a), second = S::load(plane + b);
            S::store(plane + a, moves ? second : first);
            S::store(plane + b, moves ? first : second);
        };
        each(op.subset, [&](std::size_t at) { swap_some(re + at), swap_some(im + at); });
    }

    template <int bit>
    static void flip(const Bound<T>& op, T* re, T* im) {
        const M moves = S::load(op.values) != V{};
        const auto turn = [&](T* plane) {
            const V x = S::load(plane);
            S::store(plane, moves ? S::template flip<bit>(x) : x);
        };
        each(op.subset, [&](std::size_t at) { turn(re + at), turn(im + at); });
    }

    static void flip_any(const Bound<T>& op, T* re, T* im) {
        at_lane_bit(op.lane_bit[0], [&](auto bit) { flip<decltype(bit)::value>(op, re, im); });
    }

    // Interleaved complex numbers from and to planes, two vectors at a time.
    static void split(const T* pairs, T* re, T* im, std::size_t count) {
        M even, odd;
        for (int l = 0; l < lanes; ++l) even[l] = 2 * l, odd[l] = 2 * l + 1;
        for (std::size_t i = 0; i < count; i += lanes) {
            const V first = S::load_any(pairs + 2 * i), second = S::load_any(pairs + 2 * i + lanes);
            S::store(re + i, S::pick(first, second, even));
            S::store(im + i, S::pick(first, second, odd));
        }
    }

    static void join(const T* re, const T* im, T scale, T* pairs, std::size_t count) {
        M low, high;
        for (int l = 0; l < lanes; ++l) {
            low[l] = l / 2 + (l % 2) * lanes;
            high[l] = (lanes + l) / 2 + (l % 2) * lanes;
        }
        for (std::size_t i = 0; i < count; i += lanes) {
            const V r = S::load(re + i) * scale, m = S::load(im + i) * scale;
            S::store_any(pairs + 2 * i, S::pick(r, m, low));
            S::store_any(pairs + 2 * i + lanes, S::pick(r, m, high));
        }
    }
};
