// One parameter row at a time, the whole state in one block: for batches and for small states.
#pragma once

#include <memory>

#include "block_program.hpp"
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
    // forward and expectations, then the gradient of sum_k weights[k] O_k.
    void vjp(const PauliTable& table, const double* params, const double* weights, double* values, double* gradient,
             const Workers* poll);

private:
    const Compiled& compiled_;
    const Program& program_;
    const Kernels<T>& kernels_;
    const std::size_t size_;
    Chunks<T> planes_;
    Planes<T> ket_, bra_{nullptr, nullptr};
    // Bound once; only numbers change from row to row. The second one can go back, a step an operation.
    std::unique_ptr<BlockProgram<T>> forth_, both_;
    T* scratch_ = nullptr;
    std::vector<double> slopes_;

    Planes<T> planes();
    std::unique_ptr<BlockProgram<T>> bound(const std::vector<Step>& steps, Direction direction);
    void run(BlockProgram<T>& program, const double* params, const Workers* poll);
    void observe(const PauliTable& table, const double* weights);
};

}  // namespace qsetu
