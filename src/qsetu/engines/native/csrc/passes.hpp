// One large state, in place: blocked passes. A pass picks local qubits, gathers each block of the state
// into a cache-sized buffer, runs every operation that needs no other qubit, and writes the block back.
#pragma once

#include "block.hpp"
#include "parallel.hpp"
#include "plan.hpp"

namespace qsetu {

struct Pass {
    std::vector<int> local;       // the pass's local qubits, ascending
    std::vector<int> steps;  // indices into the plan, in order
};

// Greedy schedule: steps in the plan's order, each in the first pass where its targets are local
// and nothing it does not commute with was left behind. Diagonals and controls need not be local.
std::vector<Pass> schedule(const Compiled& compiled, int width);

template <typename T>
void run_passes(const Compiled& compiled, const double* params, std::complex<T>* state, const Workers& workers);

}  // namespace qsetu
