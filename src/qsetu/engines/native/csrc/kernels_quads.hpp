// Dense 4x4 matrices. Included by kernels_impl.hpp, inside the namespace of one instruction set.
#pragma once

template <typename T>
struct Quads {
    using S = Simd<T, QSETU_VECTOR_BYTES>;
    using V = typename S::V;
    static constexpr int lanes = S::lanes;

    // y += m x, written so that each product is fused with its addition.
    static inline void accumulate(V& yr, V& yi, V mr, V mi, V xr, V xi) {
        yr += mr * xr;
        yr -= mi * xi;
        yi += mr * xi;
        yi += mi * xr;
    }

    // values: 16 entries row-major, re then im. Row r of the matrix sits at offset[0] * (r & 1) + offset[1] * (r >> 1).
    static void vector(const Bound<T>& op, T* re, T* im) {
        const T* v = op.values;
        const std::size_t place[4] = {0, op.offset[0] * lanes, op.offset[1] * lanes, (op.offset[0] + op.offset[1]) * lanes};
        Sweeps<T>::each(op.subset, [&](std::size_t at) QSETU_INLINE {
            V xr[4], xi[4];
            for (int c = 0; c < 4; ++c) xr[c] = S::load(re + at + place[c]), xi[c] = S::load(im + at + place[c]);
            for (int r = 0; r < 4; ++r) {
                V yr = V{}, yi = V{};
                for (int c = 0; c < 4; ++c) {
                    const V mr = S::load(v + (8 * r + 2 * c) * lanes), mi = S::load(v + (8 * r + 2 * c + 1) * lanes);
                    accumulate(yr, yi, mr, mi, xr[c], xi[c]);
                }
                S::store(re + at + place[r], yr);
                S::store(im + at + place[r], yi);
            }
        });
    }

    // values: for vectors h, g of the pair: own re im, other re im at 4 * (2 h + g). The vector at h becomes
    // sum over g of own x_g + other flipped(x_g).
    template <int bit>
    static void mixed(const Bound<T>& op, T* re, T* im) {
        const T* v = op.values;
        const std::size_t up = op.offset[0] * lanes;
        Sweeps<T>::each(op.subset, [&](std::size_t at) QSETU_INLINE {
            V xr[4], xi[4];
            for (int g = 0; g < 2; ++g) {
                xr[2 * g] = S::load(re + at + g * up), xi[2 * g] = S::load(im + at + g * up);
                xr[2 * g + 1] = S::template flip<bit>(xr[2 * g]), xi[2 * g + 1] = S::template flip<bit>(xi[2 * g]);
            }
            for (int h = 0; h < 2; ++h) {
                V yr = V{}, yi = V{};
                for (int c = 0; c < 4; ++c) {
                    const V mr = S::load(v + (8 * h + 2 * c) * lanes), mi = S::load(v + (8 * h + 2 * c + 1) * lanes);
                    accumulate(yr, yi, mr, mi, xr[c], xi[c]);
                }
                S::store(re + at + h * up, yr);
                S::store(im + at + h * up, yi);
            }
        });
    }

    // values: for d = 0..3: re im; lane l <- sum over d of value_d[l] x[l ^ bits_d], where bits_d
    // has the lower target if d & 1 and the higher if d & 2.
    template <int low, int high>
    static void lane(const Bound<T>& op, T* re, T* im) {
        V mr[4], mi[4];
        for (int d = 0; d < 4; ++d) {
            mr[d] = S::load(op.values + 2 * d * lanes), mi[d] = S::load(op.values + (2 * d + 1) * lanes);
        }
        Sweeps<T>::each(op.subset, [&](std::size_t at) QSETU_INLINE {
            const V xr = S::load(re + at), xi = S::load(im + at);
            V yr = mr[0] * xr - mi[0] * xi, yi = mr[0] * xi + mi[0] * xr;
            accumulate(yr, yi, mr[1], mi[1], S::template flip<low>(xr), S::template flip<low>(xi));
            accumulate(yr, yi, mr[2], mi[2], S::template flip<high>(xr), S::template flip<high>(xi));
            accumulate(yr, yi, mr[3], mi[3], S::template flip<low | high>(xr), S::template flip<low | high>(xi));
            S::store(re + at, yr);
            S::store(im + at, yi);
        });
    }

    static void mixed_any(const Bound<T>& op, T* re, T* im) {
        Sweeps<T>::at_lane_bit(op.lane_bit[0], [&](auto bit) { mixed<decltype(bit)::value>(op, re, im); });
    }

    static void lane_any(const Bound<T>& op, T* re, T* im) {
        Sweeps<T>::at_lane_bit(op.lane_bit[0], [&](auto low) {
            Sweeps<T>::at_lane_bit(op.lane_bit[1], [&](auto high) {
                constexpr int l = decltype(low)::value, h = decltype(high)::value;
                if constexpr (l < h) lane<l, h>(op, re, im);
            });
        });
    }
};
