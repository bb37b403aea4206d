// Expectations of Pauli sums, and Pauli sums applied to a state. Terms that flip the same qubits share one
// pass over the amplitudes; where they are many, one Walsh-Hadamard transform gives all their signed sums.
#pragma once

#include <complex>
#include <vector>

#include "block.hpp"
#include "measure.hpp"
#include "parallel.hpp"
#include "program.hpp"

namespace qsetu {

// A Pauli string maps |i> to 1j**turn (-1)^|i & z| |i ^ x>.
struct PauliTerm {
    Index z;
    int observable, turn;
    double coefficient;
    Index outside = 0;  // the part of z that is not local to a block: a sign for the whole block
};

struct PauliGroup {
    Index x = 0;
    std::vector<PauliTerm> terms;
};

// K observables, their terms grouped by x.
struct PauliGroups {
    explicit PauliGroups(const PauliTable& table);
    int count;
    std::vector<PauliGroup> groups;
};

// Works on one block in planes; owns the room it needs, hence one a thread.
template <typename T>
class Meter {
public:
    explicit Meter(std::size_t size);

    // values[k] += weight * (this block's part of observable k), for the terms of one group. The bra's block
    // is the ket's own, or the one that x flips it into; `position` is that of the ket's first amplitude.
    void add(const PauliGroup& group, const T* bra_re, const T* bra_im, const T* ket_re, const T* ket_im,
             Index position, double weight, double* values);
    // out += sum over the terms of weights[observable] * term |ket>.
    void observe(const PauliGroup& group, const double* weights, const T* ket_re, const T* ket_im, Index position,
                 T* out_re, T* out_im);

private:
    // From so many terms on a transform is cheaper than a sum for each.
    bool transform(std::size_t terms) const { return terms > static_cast<std::size_t>(levels_); }

    const Kernels<T>& kernels_;
    const MeasureKernels<T>& measure_;
    std::size_t size_;
    int levels_;  // log2 of the size
    Chunks<T> chunks_;
    T *re_, *im_;
};

// <state| O_k |state> of one large state, into values[k]; the same whatever the number of threads.
template <typename T>
void measure_state(const PauliGroups& groups, const std::complex<T>* state, int num_qubits, const Workers& workers,
                   double* values);

// out <- sum_k weights[k] O_k |state>.
template <typename T>
void observe_state(const PauliGroups& groups, const double* weights, const std::complex<T>* state, int num_qubits,
                   const Workers& workers, std::complex<T>* out);

}  // namespace qsetu
