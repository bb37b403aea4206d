// Whole runs of a program over a batch of parameter rows.
#pragma once

#include <complex>

#include "parallel.hpp"
#include "plan.hpp"
#include "reduced.hpp"

namespace qsetu {

// out: batch x 2^n amplitudes, row-major.
template <typename T>
void run_states(const Compiled& compiled, const double* params, Index batch, std::complex<T>* out,
                const Workers& workers);

// values: batch x K.
template <typename T>
void run_expectations(const Compiled& compiled, const PauliTable& table, const double* params, Index batch,
                      double* values, const Workers& workers);

// values: batch x K; gradients: batch x P, sum_k weights[b, k] d values[b, k] / d params[b].
// Adjoint method (Jones and Gacon, arXiv:2009.02823): one forward and one backward sweep, two states.
template <typename T>
void run_vjp(const Compiled& compiled, const PauliTable& table, const double* params, const double* weights,
             Index batch, double* values, double* gradients, const Workers& workers);

// values: batch x K; gradients: batch x K x P, of every observable. One forward run a row; observables share
// the way back as far as their states fit the cache.
template <typename T>
void run_jacobian(const Compiled& compiled, const PauliTable& table, const double* params, Index batch,
                  double* values, double* gradients, const Workers& workers);

// out: batch x count x d x d, d = 2^width of the subsets.
template <typename T>
void run_reduced(const Compiled& compiled, const Subsets& subsets, const double* params, Index batch, Complex* out,
                 const Workers& workers);

// gradients: batch x P, Re sum_i weights[b, i] d psi[b, i] / d params[b]; weights: batch x 2^n.
template <typename T>
void run_state_vjp(const Compiled& compiled, const double* params, const std::complex<T>* weights, Index batch,
                   double* gradients, const Workers& workers);

// out: batch x 2^n, sum_p tangents[b, p] d psi[b] / d params[b, p].
template <typename T>
void run_state_jvp(const Compiled& compiled, const double* params, const double* tangents, Index batch,
                   std::complex<T>* out, const Workers& workers);

}  // namespace qsetu
