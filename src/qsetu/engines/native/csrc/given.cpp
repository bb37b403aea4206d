#include "given.hpp"

#include <cmath>
#include <vector>

#include "observables.hpp"
#include "plain.hpp"
#include "rows.hpp"

namespace qsetu {
namespace {

// body(row, inner) for every row: rows to threads where there are enough of them, else the threads to each row.
template <typename Body>
void over_states(Index batch, const Workers& workers, const Body& body) {
    if (batch < static_cast<Index>(workers.threads())) {
        for (Index row = 0; row < batch; ++row) body(row, workers);
        return;
    }
    const Workers alone(1, {});
    workers.each(batch, [&](Index row) { body(row, alone); });
}

template <typename T>
void damp_one(std::complex<T>* state, Index size, int qubit, double gamma, double draw) {
    const Index half = Index(1) << qubit;
    // Real and imaginary parts apart: four sums that do not wait for each other.
    double low_re = 0, low_im = 0, high_re = 0, high_im = 0;
    for (Index start = 0; start < size; start += 2 * half) {
        const std::complex<T>*low = state + start, *high = low + half;
        for (Index i = 0; i < half; ++i) {
            low_re += double(low[i].real()) * low[i].real();
            low_im += double(low[i].imag()) * low[i].imag();
            high_re += double(high[i].real()) * high[i].real();
            high_im += double(high[i].imag()) * high[i].imag();
        }
    }
    const double zero = low_re + low_im, one = high_re + high_im;
    if (draw * (zero + one) < gamma * one) {
        const T factor = static_cast<T>(1 / std::sqrt(one));
        for (Index start = 0; start < size; start += 2 * half) {
            std::complex<T>*low = state + start, *high = low + half;
            for (Index i = 0; i < half; ++i) {
                low[i] = factor * high[i];
                high[i] = 0;
            }
        }
        return;
    }
    const double kept = 1 / std::sqrt(zero + (1 - gamma) * one);
    const T lower = static_cast<T>(kept), upper = static_cast<T>(kept * std::sqrt(1 - gamma));
    for (Index start = 0; start < size; start += 2 * half) {
        std::complex<T>*low = state + start, *high = low + half;
        for (Index i = 0; i < half; ++i) {
            low[i] *= lower;
            high[i] *= upper;
        }
    }
}

}  // namespace

template <typename T>
void run_evolve(const Compiled& compiled, const double* params, Index batch, std::complex<T>* states,
                const Workers& workers) {
    const Program& program = compiled.program;
    over_states(batch, workers, [&](Index row, const Workers& inner) {
        std::vector<Complex> matrix;
        for (const Operation& op : program.operations()) {
            bind_matrix(op, program.angle(op, params + row * program.num_params()), matrix);
            apply(op, matrix, states + row * program.num_amplitudes(), program.num_qubits(), inner);
            workers.checkpoint();
        }
    });
}

template <typename T>
void run_damp(const std::int32_t* qubits, const double* gammas, Index places, const double* draws, Index batch,
              int num_qubits, std::complex<T>* states, const Workers& workers) {
    const Index size = Index(1) << num_qubits;
    workers.each(batch, [&](Index row) {
        for (Index place = 0; place < places; ++place) {
            damp_one(states + row * size, size, qubits[place], gammas[place], draws[row * places + place]);
            workers.checkpoint();
        }
    });
}

template <typename T>
void run_measure(const PauliTable& table, const std::complex<T>* states, Index batch, int num_qubits, double* values,
                 const Workers& workers) {
    const PauliGroups groups(table);
    const Index size = Index(1) << num_qubits;
    over_states(batch, workers, [&](Index row, const Workers& inner) {
        const std::complex<T>* state = states + row * size;
        double* found = values + row * table.count();
        if (RowRunner<T>::can_run(num_qubits)) return measure_state(groups, state, num_qubits, inner, found);
        for (int k = 0; k < table.count(); ++k) found[k] = expectation(table, k, state, num_qubits);
    });
}

#define QSETU_INSTANTIATE(T)                                                                                       \
    template void run_evolve<T>(const Compiled&, const double*, Index, std::complex<T>*, const Workers&);          \
    template void run_damp<T>(const std::int32_t*, const double*, Index, const double*, Index, int,                \
                              std::complex<T>*, const Workers&);                                                   \
    template void run_measure<T>(const PauliTable&, const std::complex<T>*, Index, int, double*, const Workers&);
QSETU_INSTANTIATE(float)
QSETU_INSTANTIATE(double)
#undef QSETU_INSTANTIATE

}  // namespace qsetu
