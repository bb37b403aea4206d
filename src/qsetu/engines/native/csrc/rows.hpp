// One parameter row at a time, the whole state in one block: for batches and for small states.
#pragma once

#include <memory>

#include "block.hpp"
#include "parallel.hpp"
#include "plan.hpp"

namespace qsetu {

// A state this wide (two planes, and two more for the adjoint) stays in a core's own cache.
constexpr int kMaxRowQubits = 16;
// From this width on a lone state is cut into blocks, so that all threads have work.
constexpr int kMinBlockedQubits = 14;

template <typename T>
class RowRunner {
public:
    explicit RowRunner(const Compiled& compiled);

    // True when a state fills at least one vector.
    static bool can_run(int num_qubits) { return (1 << num_qubits) >= kernels<T>().lanes; }

    // `poll` is asked now and then whether to stop; null on threads that may not ask Python.
    void forward(const double* params, const Workers* poll);
    void store(std::complex<T>* out) const;
    void expectations(const PauliTable& table, double* values) const;
    // After forward: gradient of sum_k weights[k] O_k. Leaves the state changed.
    void backward(const PauliTable& table, const double* params, const double* weights, double* gradient);
    // After forward: gradient of Re sum_i weights[i] psi_i. Leaves the state changed.
    void backward(const std::complex<T>* weights, const double* params, double* gradient);

private:
    const Compiled& compiled_;
    const Program& program_;
    const Kernels<T>& kernels_;
    std::size_t size_;
    Places places_;
    Arena<T> arena_;
    Chunks<T> planes_;
    T *ket_re_, *ket_im_, *bra_re_ = nullptr, *bra_im_ = nullptr;
    // Bound once; only numbers change from row to row.
    std::vector<std::vector<Bound<T>>> steps_;       // of the plan, for the way forward
    std::vector<std::vector<Bound<T>>> operations_;  // of the program, for the way back
    std::vector<std::vector<Bound<T>>> generators_;
    StepMatrix step_matrix_;
    std::vector<Complex> matrix_;

    std::vector<Bound<T>> bound(const Operation& op, const Complex* matrix, Purpose purpose);
    void prepare_backward();
    // Adds 2 Re <bra| d psi> to gradient, for the bra that stands in its planes.
    void sweep_back(const double* params, double* gradient);
};

}  // namespace qsetu
