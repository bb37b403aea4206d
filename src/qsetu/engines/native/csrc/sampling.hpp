// Choosing basis states by their probabilities: block sums first, then one block for each draw.
#pragma once

#include <complex>
#include <cstdint>

#include "parallel.hpp"

namespace qsetu {

// found[s] = the first basis state where the running sum of probabilities exceeds draws[s] * total; never
// one of probability 0. `size` is a power of two, draws are from 0 to below 1. What it gives does not
// depend on the number of threads. Needs about 20 bytes a draw and 8 bytes for each 4096 amplitudes.
template <typename T>
void choose(const std::complex<T>* state, std::uint64_t size, const double* draws, std::uint64_t shots,
            std::int64_t* found, const Workers& workers);

}  // namespace qsetu
