#include "runner.hpp"

#include <vector>

#include "lanes.hpp"
#include "passes.hpp"
#include "plain.hpp"
#include "rows.hpp"

namespace qsetu {
namespace {

// Rows that fit a block go to threads, a row each; a single wide row is cut into blocks instead.
template <typename T>
bool by_rows(const Program& program, Index batch, const Workers& workers) {
    if (!RowRunner<T>::can_run(program.num_qubits()) || program.num_qubits() > kMaxRowQubits) return false;
    return program.num_qubits() < kMinBlockedQubits || batch >= static_cast<Index>(workers.threads());
}

template <typename T, typename Body>
void over_rows(const Compiled& compiled, Index batch, const Workers& workers, const Body& body) {
    auto make = [&] { return compiled.shelf.borrow<RowRunner<T>>(0, [&] { return new RowRunner<T>(compiled); }); };
    workers.each_with(batch, make, [&](const Shelf::Loan<RowRunner<T>>& runner, Index row, bool) {
        body(*runner, row, &workers);
    });
}

// body(runner, first row, rows, poll) for as many rows at a time as there are lanes.
template <typename T, typename Body>
void over_lanes(const Compiled& compiled, Index batch, const Workers& workers, const Body& body) {
    const Index lanes = LaneRunner<T>::lanes();
    auto make = [&] { return compiled.shelf.borrow<LaneRunner<T>>(0, [&] { return new LaneRunner<T>(compiled); }); };
    workers.each_with((batch + lanes - 1) / lanes, make,
                      [&](const Shelf::Loan<LaneRunner<T>>& runner, Index group, bool) {
        const Index first = group * lanes;
        body(*runner, first, std::min(lanes, batch - first), &workers);
    });
}

template <typename T>
void forward(const Compiled& compiled, const double* params, std::complex<T>* state, const Workers& workers) {
    const Program& program = compiled.program;
    if (RowRunner<T>::can_run(program.num_qubits()) && program.num_qubits() >= kMinBlockedQubits) {
        return run_passes(compiled, params, state, workers);
    }
    std::fill(state, state + program.num_amplitudes(), std::complex<T>(0));
    state[0] = 1;
    std::vector<Complex> matrix;
    for (const Operation& op : program.operations()) {
        bind_matrix(op, program.angle(op, params), matrix);
        apply(op, matrix, state, program.num_qubits(), workers);
        workers.checkpoint();
    }
}

// What is measured on a state that is not in planes: in blocks, or plainly where it is smaller than a vector.
template <typename T>
void measure(const PauliTable& table, const PauliGroups& groups, const std::complex<T>* state, int num_qubits,
             const Workers& workers, double* values) {
    if (RowRunner<T>::can_run(num_qubits)) return measure_state(groups, state, num_qubits, workers, values);
    for (int k = 0; k < table.count(); ++k) values[k] = expectation(table, k, state, num_qubits);
}

template <typename T>
void apply_observables(const PauliTable& table, const PauliGroups& groups, const double* weights,
                       const std::complex<T>* state, std::complex<T>* out, int num_qubits, const Workers& workers) {
    if (RowRunner<T>::can_run(num_qubits)) {
        return observe_state(groups, weights, state, num_qubits, workers, out);
    }
    observe(table, weights, state, out, num_qubits);
}

// Undoes the program on both states, and adds to a gradient of zeros.
template <typename T>
void sweep_back(const Compiled& compiled, const double* params, std::complex<T>* ket, std::complex<T>* bra,
                double* gradient, const Workers& workers) {
    const Program& program = compiled.program;
    const int n = program.num_qubits();
    if (RowRunner<T>::can_run(n) && n >= kMinBlockedQubits) {
        return run_passes_back(compiled, params, ket, bra, gradient, workers);
    }
    std::vector<Complex> matrix;
    const auto& operations = program.operations();
    for (auto op = operations.rbegin(); op != operations.rend(); ++op) {
        if (op->parametric()) program.scatter(*op, slope(*op, op->generator, bra, ket, n), gradient);
        bind_matrix(*op, program.angle(*op, params), matrix);
        adjoint(matrix, op->dim());
        apply(*op, matrix, ket, n, workers);
        apply(*op, matrix, bra, n, workers);
        workers.checkpoint();
    }
}

}  // namespace

template <typename T>
void run_states(const Compiled& compiled, const double* params, Index batch, std::complex<T>* out,
                const Workers& workers) {
    const Program& program = compiled.program;
    const Index size = program.num_amplitudes(), width = program.num_params();
    if (LaneRunner<T>::can_run(compiled, batch)) {
        return over_lanes<T>(compiled, batch, workers,
                             [&](LaneRunner<T>& runner, Index row, Index rows, const Workers* poll) {
            runner.forward(params + row * width, rows, poll);
            runner.store(rows, out + row * size);
        });
    }
    if (by_rows<T>(program, batch, workers)) {
        return over_rows<T>(compiled, batch, workers, [&](RowRunner<T>& runner, Index row, const Workers* poll) {
            runner.forward(params + row * width, poll);
            runner.store(out + row * size);
        });
    }
    for (Index row = 0; row < batch; ++row) forward(compiled, params + row * width, out + row * size, workers);
}

template <typename T>
void run_expectations(const Compiled& compiled, const PauliTable& table, const double* params, Index batch,
                      double* values, const Workers& workers) {
    const Program& program = compiled.program;
    const PauliGroups groups(table);
    const Index width = program.num_params();
    if (LaneRunner<T>::can_run(compiled, batch)) {
        return over_lanes<T>(compiled, batch, workers,
                             [&](LaneRunner<T>& runner, Index row, Index rows, const Workers* poll) {
            runner.forward(params + row * width, rows, poll);
            runner.expectations(groups, rows, values + row * table.count());
        });
    }
    if (by_rows<T>(program, batch, workers)) {
        return over_rows<T>(compiled, batch, workers, [&](RowRunner<T>& runner, Index row, const Workers* poll) {
            runner.forward(params + row * width, poll);
            runner.expectations(groups, values + row * table.count());
        });
    }
    std::vector<std::complex<T>> state(program.num_amplitudes());
    for (Index row = 0; row < batch; ++row) {
        forward(compiled, params + row * width, state.data(), workers);
        measure(table, groups, state.data(), program.num_qubits(), workers, values + row * table.count());
    }
}

template <typename T>
void run_vjp(const Compiled& compiled, const PauliTable& table, const double* params, const double* weights,
             Index batch, double* values, double* gradients, const Workers& workers) {
    const Program& program = compiled.program;
    const PauliGroups groups(table);
    const int n = program.num_qubits();
    const Index width = program.num_params();
    if (LaneRunner<T>::can_run(compiled, batch)) {
        return over_lanes<T>(compiled, batch, workers,
                             [&](LaneRunner<T>& runner, Index row, Index rows, const Workers* poll) {
            runner.vjp(groups, params + row * width, weights + row * table.count(), rows, values + row * table.count(),
                       gradients + row * width, poll);
        });
    }
    if (by_rows<T>(program, batch, workers)) {
        return over_rows<T>(compiled, batch, workers, [&](RowRunner<T>& runner, Index row, const Workers* poll) {
            runner.vjp(groups, params + row * width, weights + row * table.count(), values + row * table.count(),
                       gradients + row * width, poll);
        });
    }
    std::fill(gradients, gradients + batch * width, 0.0);
    std::vector<std::complex<T>> ket(program.num_amplitudes()), bra(program.num_amplitudes());
    for (Index row = 0; row < batch; ++row) {
        const double* theta = params + row * width;
        forward(compiled, theta, ket.data(), workers);
        measure(table, groups, ket.data(), n, workers, values + row * table.count());
        apply_observables(table, groups, weights + row * table.count(), ket.data(), bra.data(), n, workers);
        sweep_back(compiled, theta, ket.data(), bra.data(), gradients + row * width, workers);
    }
}

template <typename T>
void run_jacobian(const Compiled& compiled, const PauliTable& table, const double* params, Index batch,
                  double* values, double* gradients, const Workers& workers) {
    const Program& program = compiled.program;
    const PauliGroups groups(table);
    const int n = program.num_qubits(), count = table.count();
    const Index width = program.num_params();
    if (LaneRunner<T>::can_run(compiled, batch)) {
        return over_lanes<T>(compiled, batch, workers,
                             [&](LaneRunner<T>& runner, Index row, Index rows, const Workers* poll) {
            runner.jacobian(groups, params + row * width, rows, values + row * count, gradients + row * count * width,
                            poll);
        });
    }
    if (by_rows<T>(program, batch, workers)) {
        return over_rows<T>(compiled, batch, workers, [&](RowRunner<T>& runner, Index row, const Workers* poll) {
            runner.jacobian(groups, params + row * width, values + row * count, gradients + row * count * width, poll);
        });
    }
    std::fill(gradients, gradients + batch * count * width, 0.0);
    std::vector<std::complex<T>> ket(program.num_amplitudes()), bra(program.num_amplitudes());
    std::vector<double> weights(count, 0.0);
    for (Index row = 0; row < batch; ++row) {
        const double* theta = params + row * width;
        for (int k = 0; k < count; ++k) {
            // A forward run is cheap beside a sweep back, and needs no third state.
            forward(compiled, theta, ket.data(), workers);
            if (k == 0) measure(table, groups, ket.data(), n, workers, values + row * count);
            weights[k] = 1;
            apply_observables(table, groups, weights.data(), ket.data(), bra.data(), n, workers);
            weights[k] = 0;
            sweep_back(compiled, theta, ket.data(), bra.data(), gradients + (row * count + k) * width, workers);
        }
    }
}

template <typename T>
void run_reduced(const Compiled& compiled, const Subsets& subsets, const double* params, Index batch, Complex* out,
                 const Workers& workers) {
    const Program& program = compiled.program;
    const Index width = program.num_params(), size = subsets.count() * subsets.entries();
    if (LaneRunner<T>::can_run(compiled, batch)) {
        return over_lanes<T>(compiled, batch, workers,
                             [&](LaneRunner<T>& runner, Index row, Index rows, const Workers* poll) {
            runner.forward(params + row * width, rows, poll);
            runner.reduce(subsets, rows, out + row * size);
        });
    }
    if (by_rows<T>(program, batch, workers)) {
        return over_rows<T>(compiled, batch, workers, [&](RowRunner<T>& runner, Index row, const Workers* poll) {
            runner.forward(params + row * width, poll);
            runner.reduce(subsets, out + row * size);
        });
    }
    std::vector<std::complex<T>> state(program.num_amplitudes());
    for (Index row = 0; row < batch; ++row) {
        forward(compiled, params + row * width, state.data(), workers);
        reduce_state(subsets, state.data(), program.num_qubits(), workers, out + row * size);
    }
}

template <typename T>
void run_state_vjp(const Compiled& compiled, const double* params, const std::complex<T>* weights, Index batch,
                   double* gradients, const Workers& workers) {
    const Program& program = compiled.program;
    const Index size = program.num_amplitudes(), width = program.num_params();
    if (LaneRunner<T>::can_run(compiled, batch)) {
        return over_lanes<T>(compiled, batch, workers,
                             [&](LaneRunner<T>& runner, Index row, Index rows, const Workers* poll) {
            runner.state_vjp(weights + row * size, params + row * width, rows, gradients + row * width, poll);
        });
    }
    if (by_rows<T>(program, batch, workers)) {
        return over_rows<T>(compiled, batch, workers, [&](RowRunner<T>& runner, Index row, const Workers* poll) {
            runner.state_vjp(weights + row * size, params + row * width, gradients + row * width, poll);
        });
    }
    std::vector<std::complex<T>> ket(size), bra(size);
    for (Index row = 0; row < batch; ++row) {
        forward(compiled, params + row * width, ket.data(), workers);
        // Re sum_i w_i d psi_i = 2 Re <bra| d psi> with bra = conj(w) / 2.
        for (Index i = 0; i < size; ++i) bra[i] = std::conj(weights[row * size + i]) / T(2);
        double* gradient = gradients + row * width;
        std::fill(gradient, gradient + width, 0.0);
        sweep_back(compiled, params + row * width, ket.data(), bra.data(), gradient, workers);
    }
}

template <typename T>
void run_state_jvp(const Compiled& compiled, const double* params, const double* tangents, Index batch,
                   std::complex<T>* out, const Workers& workers) {
    const Program& program = compiled.program;
    const int n = program.num_qubits();
    const Index size = program.num_amplitudes(), width = program.num_params();
    auto one_row = [&](std::vector<std::complex<T>>& ket, Index row, const Workers& inner) {
        const double *theta = params + row * width, *direction = tangents + row * width;
        std::complex<T>* slope = out + row * size;
        std::fill(ket.begin(), ket.end(), std::complex<T>(0));
        std::fill(slope, slope + size, std::complex<T>(0));
        ket[0] = 1;
        std::vector<Complex> matrix;
        for (const Operation& op : program.operations()) {
            bind_matrix(op, program.angle(op, theta), matrix);
            apply(op, matrix, ket.data(), n, inner);
            apply(op, matrix, slope, n, inner);
            if (op.parametric()) {
                // d angle along the direction: angles are affine.
                const double turn = program.angle(op, direction) - op.angle_constant;
                add_product(op, op.generator, turn, ket.data(), slope, n);
            }
            inner.checkpoint();
        }
    };
    auto make = [&] { return std::vector<std::complex<T>>(size); };
    if (n <= kMaxRowQubits) {
        const Workers alone(1, {});
        return workers.each_with(batch, make, [&](std::vector<std::complex<T>>& ket, Index row, bool is_caller) {
            one_row(ket, row, alone);
            if (is_caller) workers.checkpoint();
        });
    }
    auto ket = make();
    for (Index row = 0; row < batch; ++row) one_row(ket, row, workers);
}

#define QSETU_INSTANTIATE(T)                                                                                    \
    template void run_states<T>(const Compiled&, const double*, Index, std::complex<T>*, const Workers&);        \
    template void run_expectations<T>(const Compiled&, const PauliTable&, const double*, Index, double*,         \
                                      const Workers&);                                                          \
    template void run_vjp<T>(const Compiled&, const PauliTable&, const double*, const double*, Index, double*,   \
                             double*, const Workers&);                                                          \
    template void run_jacobian<T>(const Compiled&, const PauliTable&, const double*, Index, double*, double*,    \
                                  const Workers&);                                                              \
    template void run_reduced<T>(const Compiled&, const Subsets&, const double*, Index, Complex*, const Workers&); \
    template void run_state_vjp<T>(const Compiled&, const double*, const std::complex<T>*, Index, double*,       \
                                   const Workers&);                                                             \
    template void run_state_jvp<T>(const Compiled&, const double*, const double*, Index, std::complex<T>*,       \
                                   const Workers&);
QSETU_INSTANTIATE(float)
QSETU_INSTANTIATE(double)
#undef QSETU_INSTANTIATE

}  // namespace qsetu
