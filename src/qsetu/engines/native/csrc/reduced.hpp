// Reduced density matrices of one or two qubits, all from one reading of the state where it fits a block.
#pragma once

#include <complex>
#include <vector>

#include "parallel.hpp"
#include "program.hpp"

namespace qsetu {

// The qubits whose matrices are wanted: `width` of each, 1 or 2; the first is the least significant bit of
// a matrix index.
struct Subsets {
    int width;
    std::vector<std::int32_t> qubits;

    std::size_t count() const { return qubits.size() / width; }
    std::size_t entries() const { return std::size_t(1) << (2 * width); }  // of one matrix
    void check(int num_qubits) const;  // throws std::invalid_argument
};

// out: count matrices, row-major, entry (r, c) the sum of a_r conj(a_c) over the other qubits. One block in planes.
template <typename T>
void reduce_planes(const Subsets& subsets, const T* re, const T* im, std::size_t size, Complex* out);

// The same for a state of any size; does not depend on the number of threads.
template <typename T>
void reduce_state(const Subsets& subsets, const std::complex<T>* state, int num_qubits, const Workers& workers,
                  Complex* out);

}  // namespace qsetu
