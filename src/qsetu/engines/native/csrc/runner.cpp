#include "runner.hpp"

#include <vector>

#include "kernels.hpp"

namespace qsetu {
namespace {

std::vector<Complex> adjoint(const std::vector<Complex>& matrix, int dim) {
    std::vector<Complex> result(matrix.size());
    for (int r = 0; r < dim; ++r) {
        for (int c = 0; c < dim; ++c) result[c * dim + r] = std::conj(matrix[r * dim + c]);
    }
    return result;
}

template <typename T>
void forward(const Program& program, const double* params, std::complex<T>* state, const Workers& inner) {
    std::fill(state, state + program.num_amplitudes(), std::complex<T>(0));
    state[0] = 1;
    std::vector<Complex> matrix;
    for (const Operation& op : program.operations()) {
        bind_matrix(op, program.angle(op, params), matrix);
        apply(op, matrix, state, program.num_qubits(), inner);
        inner.checkpoint();
    }
}

// Rows of a batch go to threads; a batch smaller than the number of threads is run row by row, each
// gate on all threads. `body(row, inner)` gets the workers it may use for one gate.
template <typename Body>
void over_rows(Index batch, const Workers& workers, const Body& body) {
    if (batch < static_cast<Index>(workers.threads())) {
        for (Index row = 0; row < batch; ++row) body(row, workers);
        return;
    }
    const Workers alone(1, nullptr);
    const Workers caller_alone(1, [&workers] {
        workers.checkpoint();
        return false;
    });
    workers.each(batch, [&](Index row, bool is_caller) { body(row, is_caller ? caller_alone : alone); });
}

}  // namespace

template <typename T>
void run_states(const Program& program, const double* params, Index batch, std::complex<T>* out,
                const Workers& workers) {
    over_rows(batch, workers, [&](Index row, const Workers& inner) {
        forward(program, params + row * program.num_params(), out + row * program.num_amplitudes(), inner);
    });
}

template <typename T>
void run_expectations(const Program& program, const PauliTable& table, const double* params, Index batch,
                      double* values, const Workers& workers) {
    over_rows(batch, workers, [&](Index row, const Workers& inner) {
        std::vector<std::complex<T>> state(program.num_amplitudes());
        forward(program, params + row * program.num_params(), state.data(), inner);
        for (int k = 0; k < table.count(); ++k) {
            values[row * table.count() + k] = expectation(table, k, state.data(), program.num_qubits());
        }
    });
}

template <typename T>
void run_vjp(const Program& program, const PauliTable& table, const double* params, const double* weights,
             Index batch, double* values, double* gradients, const Workers& workers) {
    const int n = program.num_qubits();
    over_rows(batch, workers, [&](Index row, const Workers& inner) {
        const double* theta = params + row * program.num_params();
        double* gradient = gradients + row * program.num_params();
        std::fill(gradient, gradient + program.num_params(), 0.0);
        std::vector<std::complex<T>> ket(program.num_amplitudes()), bra(program.num_amplitudes());
        forward(program, theta, ket.data(), inner);
        for (int k = 0; k < table.count(); ++k) {
            values[row * table.count() + k] = expectation(table, k, ket.data(), n);
        }
        observe(table, weights + row * table.count(), ket.data(), bra.data(), n);
        std::vector<Complex> matrix, derivative;
        const auto& operations = program.operations();
        for (auto op = operations.rbegin(); op != operations.rend(); ++op) {
            const double angle = program.angle(*op, theta);
            bind_matrix(*op, angle, matrix);
            const auto undo = adjoint(matrix, op->dim());
            apply(*op, undo, ket.data(), n, inner);  // now the state before the operation
            if (op->parametric()) {
                bind_derivative(*op, angle, derivative);
                program.scatter(*op, slope(*op, derivative, bra.data(), ket.data(), n), gradient);
            }
            apply(*op, undo, bra.data(), n, inner);
            inner.checkpoint();
        }
    });
}

#define QSETU_INSTANTIATE(T)                                                                                    \
    template void run_states<T>(const Program&, const double*, Index, std::complex<T>*, const Workers&);        \
    template void run_expectations<T>(const Program&, const PauliTable&, const double*, Index, double*,         \
                                      const Workers&);                                                          \
    template void run_vjp<T>(const Program&, const PauliTable&, const double*, const double*, Index, double*,   \
                             double*, const Workers&);
QSETU_INSTANTIATE(float)
QSETU_INSTANTIATE(double)
#undef QSETU_INSTANTIATE

}  // namespace qsetu
