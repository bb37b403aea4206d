// One large state, in place: blocked passes. A pass picks local qubits, gathers each block of the state
// into a cache-sized buffer, runs every operation that needs no other qubit, and writes the block back.
#pragma once

#include "parallel.hpp"
#include "plan.hpp"

namespace qsetu {

template <typename T>
void run_passes(const Compiled& compiled, const double* params, std::complex<T>* state, const Workers& workers);

// In how many passes run_passes does so, on so many threads.
template <typename T>
int count_passes(const Compiled& compiled, const Workers& workers);

// The way back of the adjoint method: undoes the program on both states and adds the slopes, 2 Re <bra| dU U^-1 |ket>
// for every operation with a parameter, to the gradient. The same sums whatever the number of threads.
template <typename T>
void run_passes_back(const Compiled& compiled, const double* params, std::complex<T>* ket, std::complex<T>* bra,
                     double* gradient, const Workers& workers);

}  // namespace qsetu
