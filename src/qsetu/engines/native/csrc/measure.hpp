// What measuring needs from one instruction set: sums over the amplitudes of a block of planes (see
// block.hpp), and over interleaved amplitudes for sampling. Plain data only, as in block.hpp.
#pragma once

#include <cstddef>

namespace qsetu {

template <typename T>
struct MeasureKernels {
    int lanes;
    // out[i] = |a[i]|^2.
    void (*norms)(const T* re, const T* im, std::size_t size, T* out);
    // out[i] = conj(bra[i ^ x]) ket[i].
    void (*products)(const T* bra_re, const T* bra_im, const T* ket_re, const T* ket_im, std::size_t size,
                     std::size_t x, T* out_re, T* out_im);
    // sum over i of (-1)^|i & z| v[i].
    double (*signed_sum)(const T* v, std::size_t size, std::size_t z);
    // v[z] <- sum over i of (-1)^|i & z| v[i], for every z at once (Walsh-Hadamard transform, not normalized).
    void (*walsh)(T* v, std::size_t size);
    // The same three for a state in each lane, all masks in bits of the vector index: out[lane] = the lane's signed
    // sum; the transform of each lane; plane += the lane's factor with the sign (-1)^|vector & z|.
    void (*lane_sums)(const T* v, std::size_t size, std::size_t z, double* out);
    void (*walsh_vectors)(T* v, std::size_t size);
    void (*add_signs)(T* plane, std::size_t size, std::size_t z, const T* factors);
    // out[i ^ x] += (f_re[i] + i f_im[i]) ket[i]; f_im may be null, for 0.
    void (*spread)(const T* ket_re, const T* ket_im, const T* f_re, const T* f_im, std::size_t size, std::size_t x,
                   T* out_re, T* out_im);
    // out[r][c] += sum of a_r conj(a_c), a_r the amplitudes whose qubit has the value r: 2x2, row-major, re and im.
    void (*reduce_one)(const T* re, const T* im, std::size_t size, int qubit, double* out);
    // The same for two qubits, `first` the least significant bit of r: 4x4.
    void (*reduce_two)(const T* re, const T* im, std::size_t size, int first, int second, double* out);
    // Sum of |a[i]|^2 over interleaved amplitudes, in double precision.
    double (*weight)(const T* pairs, std::size_t count);
    // out[i] = sum over j <= i of |a[j]|^2, one after the other.
    void (*running)(const T* pairs, std::size_t count, double* out);
};

// For the instruction set that kernels<T>() is for.
template <typename T>
const MeasureKernels<T>& measure_kernels();

}  // namespace qsetu
