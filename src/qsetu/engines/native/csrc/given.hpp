// What is done to states that are given, a row each, rather than made from |0...0>: gates, amplitude damping, and
// measuring. For quantum trajectories, which stop at every place where chance decides.
#pragma once

#include <complex>

#include "parallel.hpp"
#include "plan.hpp"

namespace qsetu {

// states: batch x 2^n, in place; the program gate by gate.
template <typename T>
void run_evolve(const Compiled& compiled, const double* params, Index batch, std::complex<T>* states,
                const Workers& workers);

// Amplitude damping of `places` qubits, one after the other, in every row: with one draw from [0, 1) each, the qubit
// falls to 0 with the probability of that, gamma |<1|psi>|^2, and the row has norm 1 again.
// qubits, gammas: places; draws: batch x places.
template <typename T>
void run_damp(const std::int32_t* qubits, const double* gammas, Index places, const double* draws, Index batch,
              int num_qubits, std::complex<T>* states, const Workers& workers);

// values: batch x K.
template <typename T>
void run_measure(const PauliTable& table, const std::complex<T>* states, Index batch, int num_qubits, double* values,
                 const Workers& workers);

}  // namespace qsetu
