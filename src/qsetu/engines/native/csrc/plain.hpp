// The same work without vectors or blocks, on interleaved complex numbers: for states smaller than a
// vector, and for measuring a state too large for a block.
#pragma once

#include <complex>
#include <vector>

#include "parallel.hpp"
#include "program.hpp"

namespace qsetu {

// The subsets of amplitudes an operation mixes. Group g's base index is g with a 0 inserted at every
// target position and a 1 at every control position; its members are base + offset[r] for matrix row r.
class Groups {
public:
    Groups(const Operation& op, int num_qubits);
    Index count() const { return count_; }
    const std::vector<Index>& offsets() const { return offsets_; }
    Index base(Index group) const {
        for (Index below : below_) group = (group & below) | ((group & ~below) << 1);
        return group | control_mask_;
    }
    // Consecutive groups from a multiple of run() on have consecutive bases.
    Index run() const { return run_; }

private:
    std::vector<Index> below_;  // for each inserted position, ascending: mask of the bits below it
    std::vector<Index> offsets_;
    Index control_mask_, count_, run_;
};

// state <- U state, U the row-major matrix on the operation's targets where its controls are 1.
template <typename T>
void apply(const Operation& op, const std::vector<Complex>& matrix, std::complex<T>* state, int num_qubits,
           const Workers& workers);

// 2 Re <bra| D |ket> over the subspace where the controls are 1, D the derivative of the matrix.
template <typename T>
double slope(const Operation& op, const std::vector<Complex>& derivative, const std::complex<T>* bra,
             const std::complex<T>* ket, int num_qubits);

// out += factor * D |ket>, with 0 where the controls are not 1.
template <typename T>
void add_product(const Operation& op, const std::vector<Complex>& derivative, double factor, const std::complex<T>* ket,
                 std::complex<T>* out, int num_qubits);

// <state| O_k |state>.
template <typename T>
double expectation(const PauliTable& table, int k, const std::complex<T>* state, int num_qubits);

// out <- sum_k weights[k] O_k |state>.
template <typename T>
void observe(const PauliTable& table, const double* weights, const std::complex<T>* state, std::complex<T>* out,
             int num_qubits);

}  // namespace qsetu
