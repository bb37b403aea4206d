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
        if (!subset.inserted) {
            for (std::size_t g = 0; g < subset.count; ++g) body(g * lanes);
            return;
        }
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

    // Which vectors a sweep takes together, 2^Vectors of them: a base, and offsets from it that are added, or
    // (`listed`) taken by exclusive or. Vector i lies at near[i % 4] and (i / 4) far from the base: few enough
    // numbers to stay in registers.
    template <int Vectors, bool listed>
    struct Group {
        static constexpr int held = 1 << Vectors, row = held < 4 ? held : 4;
        std::size_t near[4], far;
        explicit Group(const Bound<T>& op) : far(op.offset[2] * lanes) {
            const std::size_t first = op.offset[0] * lanes, second = op.offset[1] * lanes;
            near[0] = 0, near[1] = first, near[2] = second;
            near[3] = listed ? first ^ second : first + second;
        }
        std::size_t place(std::size_t base, int i) const {
            return listed ? base ^ near[i % row] ^ (i / row ? far : 0) : base + near[i % row] + i / row * far;
        }
        template <typename Body>
        static inline void each_base(const Bound<T>& op, const Body& body) {
            if (!listed) return each(op.subset, body);
            for (std::size_t g = 0; g < op.subset.count; ++g) body(std::size_t(op.places[g]) * lanes);
        }
    };

    // Rotations [[a, -b], [b, a]] on `Vectors` vector bits and on the lane bits of `lane_set`. Real matrices
    // never mix the two planes, so eight vectors of one plane are all that has to be held.
    // values: for each vector bit a then b, then the same for each lane bit, used or not; a lane bit's b carries
    // the sign of its lane. Unless scaled, every a is 1.
    template <int Vectors, bool scaled, bool on_lanes, bool listed>
    static void rotate(const Bound<T>& op, T* re, T* im) {
        using G = Group<Vectors, listed>;
        constexpr int held = G::held;
        const G group(op);
        V a[3], b[3];
        for (int j = 0; j < Vectors; ++j) {
            a[j] = S::load(op.values + 2 * j * lanes);
            b[j] = S::load(op.values + (2 * j + 1) * lanes);
        }
        const T* lane_values = op.values + 2 * Vectors * lanes;
        const int lane_set = op.lane_set;
        const auto turn = [&](T* plane, std::size_t base) QSETU_INLINE {
            V x[held];
            for (int i = 0; i < held; ++i) x[i] = S::load(plane + group.place(base, i));
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
            for (int i = 0; i < held; ++i) S::store(plane + group.place(base, i), x[i]);
        };
        G::each_base(op, [&](std::size_t base) QSETU_INLINE {
            turn(re, base);
            turn(im, base);
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
        if (op.places) {
            op.scaled ? rotate<Vectors, true, false, true>(op, re, im) : rotate<Vectors, false, false, true>(op, re, im);
        } else if (op.lane_set) {
            op.scaled ? rotate<Vectors, true, true, false>(op, re, im) : rotate<Vectors, false, true, false>(op, re, im);
        } else {
            op.scaled ? rotate<Vectors, true, false, false>(op, re, im)
                      : rotate<Vectors, false, false, false>(op, re, im);
        }
    }

    static void rotate_any(const Bound<T>& op, T* re, T* im) {
        if (op.count == 0) return rotate_some<0>(op, re, im);
        if (op.count == 1) return rotate_some<1>(op, re, im);
        if (op.count == 2) return rotate_some<2>(op, re, im);
        rotate_some<3>(op, re, im);
    }

    template <typename Body>
    static inline void each_listed(const Bound<T>& op, const Body& body) {
        op.places ? Group<0, true>::each_base(op, body) : each(op.subset, body);
    }

    // values: a table of phases, a vector re and a vector im for each entry; map[g] is the entry for the g-th
    // vector of the subset, or of the list.
    static void phases(const Bound<T>& op, T* re, T* im) {
        const std::uint16_t* entry = op.map;
        const T* table = op.values;
        each_listed(op, [&](std::size_t at) QSETU_INLINE {
            const T* f = table + std::size_t(*entry++) * 2 * lanes;
            const V fr = S::load(f), fi = S::load(f + lanes);
            const V ar = S::load(re + at), ai = S::load(im + at);
            S::store(re + at, fr * ar - fi * ai);
            S::store(im + at, fr * ai + fi * ar);
        });
    }

    template <int Vectors, bool listed>
    static void vector_slopes(const Bound<T>& op, const T* br, const T* bi, const T* kr, const T* ki,
                              double (*out)[kMostLanes]) {
        using G = Group<Vectors, listed>;
        constexpr int held = G::held;
        const G group(op);
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
        const auto add = [&](const T* bra, const T* ket, std::size_t base) QSETU_INLINE {
            V x[held];
            for (int i = 0; i < held; ++i) x[i] = S::load(bra + group.place(base, i));
            for (int i = 0; i < held; ++i) {
                const V y = S::load(ket + group.place(base, i));
                for (int j = 0; j < Vectors; ++j) {
                    if (i >> j & 1) {
                        minus[j] += x[i ^ 1 << j] * y;
                    } else {
                        plus[j] += x[i ^ 1 << j] * y;
                    }
                }
            }
        };
        G::each_base(op, [&](std::size_t base) QSETU_INLINE {
            add(br, kr, base);
            add(bi, ki, base);
            if (++pending == 64) flush();
        });
        flush();
    }

    template <bool listed>
    static void vector_slopes_any(const Bound<T>& op, const T* br, const T* bi, const T* kr, const T* ki,
                                  double (*out)[kMostLanes]) {
        if (op.count == 1) vector_slopes<1, listed>(op, br, bi, kr, ki, out);
        if (op.count == 2) vector_slopes<2, listed>(op, br, bi, kr, ki, out);
        if (op.count == 3) vector_slopes<3, listed>(op, br, bi, kr, ki, out);
    }

    static void rotation_slopes(const Bound<T>& op, const T* br, const T* bi, const T* kr, const T* ki,
                                double (*out)[kMostLanes]) {
        if (op.places) return vector_slopes_any<true>(op, br, bi, kr, ki, out);
        vector_slopes_any<false>(op, br, bi, kr, ki, out);
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
            each(op.subset, [&](std::size_t at) QSETU_INLINE {
                real += S::load(br + at) * S::template flip<bit>(S::load(kr + at));
                imag += S::load(bi + at) * S::template flip<bit>(S::load(ki + at));
                if (++pending == 256) flush();
            });
            flush();
        }
    }

    static void phase_slopes(const Bound<T>& op, const T* br, const T* bi, const T* kr, const T* ki, T* sums) {
        const std::uint16_t* entry = op.map;
        each_listed(op, [&](std::size_t at) QSETU_INLINE {
            T* sum = sums + std::size_t(*entry++) * lanes;
            S::store(sum, S::load(sum) + S::load(br + at) * S::load(ki + at) - S::load(bi + at) * S::load(kr + at));
        });
    }

    static void blend(const double* parts, const double* cosines, const double* sines, std::size_t count, T* out) {
        if (count == static_cast<std::size_t>(lanes)) {
            for (int l = 0; l < lanes; ++l) {
                out[l] = static_cast<T>(parts[0] + parts[1] * cosines[l] + parts[2] * sines[l]);
                out[lanes + l] = static_cast<T>(parts[3] + parts[4] * cosines[l] + parts[5] * sines[l]);
            }
            return;
        }
        for (std::size_t i = 0; i < count; ++i) {
            out[i] = static_cast<T>(parts[0] + parts[1] * cosines[i] + parts[2] * sines[i]);
            out[count + i] = static_cast<T>(parts[3] + parts[4] * cosines[i] + parts[5] * sines[i]);
        }
    }

    static void double_up(T* re, T* im, std::size_t vectors, const T (*factors)[kMostLanes]) {
        const V ar = S::load(factors[0]), ai = S::load(factors[1]), br = S::load(factors[2]), bi = S::load(factors[3]);
        for (std::size_t v = 0; v < vectors; ++v) {
            const std::size_t low = v * lanes, high = (v + vectors) * lanes;
            const V r = S::load(re + low), i = S::load(im + low);
            S::store(re + low, ar * r - ai * i);
            S::store(im + low, ar * i + ai * r);
            S::store(re + high, br * r - bi * i);
            S::store(im + high, br * i + bi * r);
        }
    }

    static void turn(const double* cosines, const double* sines, double sign, T* out) {
        T first[lanes], second[lanes];  // apart from the arguments, so that the loop can be vectors
        for (int l = 0; l < lanes; ++l) {
            first[l] = static_cast<T>(cosines[l]), second[l] = static_cast<T>(sign * sines[l]);
        }
        std::memcpy(out, first, sizeof first);
        std::memcpy(out + lanes, second, sizeof second);
    }

    // body(index) for the table's vectors with `fixed` in `mask`.
    template <typename Body>
    static inline void matching(std::size_t vectors, std::size_t mask, std::size_t fixed, const Body& body) {
        for (std::size_t index = 0; index < vectors; index = ((index | mask) + 1) & ~mask) body(index | fixed);
    }

    static void multiply_table(T* table, std::size_t vectors, std::size_t mask, std::size_t fixed, const T* factor) {
        const V fr = S::load(factor), fi = S::load(factor + lanes);
        matching(vectors, mask, fixed, [&](std::size_t index) QSETU_INLINE {
            T* at = table + 2 * index * lanes;
            const V r = S::load(at), i = S::load(at + lanes);
            S::store(at, fr * r - fi * i);
            S::store(at + lanes, fr * i + fi * r);
        });
    }

    static void sum_table(const T* sums, std::size_t vectors, std::size_t mask, std::size_t fixed, T* out) {
        V total = V{};
        matching(vectors, mask, fixed, [&](std::size_t index) QSETU_INLINE { total += S::load(sums + index * lanes); });
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
        const auto swap = [&](T* plane) QSETU_INLINE {
            const V first = S::load(plane + a);
            S::store(plane + a, S::load(plane + b));
            S::store(plane + b, first);
        };
        if (!op.values) {
            each(op.subset, [&](std::size_t at) QSETU_INLINE { swap(re + at), swap(im + at); });
            return;
        }
        const M moves = S::load(op.values) != V{};
        const auto swap_some = [&](T* plane) QSETU_INLINE {
            const V first = S::load(plane + a), second = S::load(plane + b);
            S::store(plane + a, moves ? second : first);
            S::store(plane + b, moves ? first : second);
        };
        each(op.subset, [&](std::size_t at) QSETU_INLINE { swap_some(re + at), swap_some(im + at); });
    }

    static void permute(const Bound<T>& op, T* re, T* im) {
        for (T* plane : {re, im}) {
            for (std::size_t g = 0; g < op.subset.count; ++g) S::store(op.scratch + g * lanes, S::load(plane + g * lanes));
            for (std::size_t g = 0; g < op.subset.count; ++g) {
                S::store(plane + g * lanes, S::load(op.scratch + std::size_t(op.map[g]) * lanes));
            }
        }
    }

    template <int bit>
    static void flip(const Bound<T>& op, T* re, T* im) {
        const M moves = S::load(op.values) != V{};
        const auto turn = [&](T* plane) QSETU_INLINE {
            const V x = S::load(plane);
            S::store(plane, moves ? S::template flip<bit>(x) : x);
        };
        each(op.subset, [&](std::size_t at) QSETU_INLINE { turn(re + at), turn(im + at); });
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

    // Pieces lie apart, where the processor's own prefetcher does not look.
    static constexpr std::size_t kAhead = 16, kLine = 64;
    static inline void prefetch(const T* pairs, const Index* starts, std::size_t s, std::size_t count, std::size_t piece) {
        const char* at = reinterpret_cast<const char*>(pairs + 2 * starts[s + kAhead < count ? s + kAhead : s]);
        for (std::size_t line = 0; line < 2 * piece * sizeof(T); line += kLine) __builtin_prefetch(at + line);
    }

    static void gather(const T* pairs, const Index* starts, const std::uint16_t* places, std::size_t count,
                       std::size_t piece, T* re, T* im) {
        for (std::size_t s = 0; s < count; ++s) {
            prefetch(pairs, starts, s, count, piece);
            const std::size_t to = piece * places[s];
            split(pairs + 2 * starts[s], re + to, im + to, piece);
        }
    }

    static void scatter(const T* re, const T* im, T scale, const Index* starts, const std::uint16_t* places,
                        std::size_t count, std::size_t piece, T* pairs) {
        for (std::size_t s = 0; s < count; ++s) {
            prefetch(pairs, starts, s, count, piece);
            const std::size_t from = piece * places[s];
            join(re + from, im + from, scale, pairs + 2 * starts[s], piece);
        }
    }
};
