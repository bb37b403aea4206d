// One large state, in place: blocked passes. A pass picks local qubits, gathers each block of the state
// into a cache-sized buffer, runs every operation that needs no other qubit, and writes the block back.
#pragma once

#include "parallel.hpp"
#include "plan.hpp"

namespace qsetu {

template <typename T>
void run_passes(const Compiled& compiled, const double* params, std::complex<T>* state, const Workers& workers);

}  // namespace qsetu
