// One large state, in place: blocked passes. A pass picks local qubits, gathers each block of the state
// into a cache-sized buffer, runs every operation that needs no other qubit, and writes the block back.
#pragma once

#include "block.hpp"
#include "parallel.hpp"

namespace qsetu {

struct Pass {
    std::vector<int> local;       // the pass's local qubits, ascending
    std::vector<int> operations;  // indices into the program, in order
};

// Greedy schedule: operations in program order, each in the first pass where its targets are local
// and nothing it does not commute with was left behind. Diagonals and controls need not be local.
std::vector<Pass> schedule(const Program& program, int width);

template <typename T>
void run_passes(const Program& program, const double* params, std::complex<T>* state, const Workers& workers);

}  // namespace qsetu
