// One parameter row at a time, the whole state in one block: for lone small states, and for batches of states too
// wide for lanes.hpp.
#pragma once

#include <memory>

#include "block_program.hpp"
#include "observables.hpp"
#include "parallel.hpp"
#include "plan.hpp"
#include "reduced.hpp"
#include "start.hpp"

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

    // `poll` is asked now and then whether to stop.
    void forward(const double* params, const Workers* poll);
    void store(std::complex<T>* out) const;
    void expectations(const PauliGroups& groups, double* values);
    void reduce(const Subsets& subsets, Complex* out) const;
    // forward and expectations, then the gradient of sum_k weights[k] O_k.
    void vjp(const PauliGroups& groups, const double* params, const double* weights, double* values, double* gradient,
             const Workers* poll);
    // forward and expectations, then the gradients, K x P, of every observable.
    void jacobian(const PauliGroups& groups, const double* params, double* values, double* gradients,
                  const Workers* poll);
    // forward, then the gradient of Re sum_i weights[i] psi_i.
    void state_vjp(const std::complex<T>* weights, const double* params, double* gradient, const Workers* poll);

private:
    const Compiled& compiled_;
    const Program& program_;
    const Kernels<T>& kernels_;
    const std::size_t size_;
    Chunks<T> planes_;
    Planes<T> ket_, final_{nullptr, nullptr};  // final_: the ket after forward, for several sweeps back
    std::vector<Planes<T>> bras_;
    std::unique_ptr<Meter<T>> meter_;
    // Bound once; only numbers change from row to row. The way back takes an operation a step, the way forward
    // joins some; what the circuit begins with is written down.
    Numbers<T> numbers_;
    Beginning beginning_;
    Start<T> start_;
    std::unique_ptr<BlockProgram<T>> forth_;
    std::unique_ptr<Numbers<T>> back_numbers_;
    std::unique_ptr<BlockProgram<T>> back_;
    Chunks<T> scratch_chunks_;
    T* scratch_ = nullptr;
    std::vector<double> slopes_;

    void copy(Planes<T> from, Planes<T> to) const;
    std::unique_ptr<BlockProgram<T>> bound(const std::vector<Step>& steps, Numbers<T>& numbers,
                                           const std::vector<int>& chosen, Direction direction,
                                           const Workers* poll) const;
    Places places() const;
    void scratch(std::size_t size);
    Meter<T>& meter();
    void observe(const PauliGroups& groups, const double* weights, Planes<T> bra);
    // The way forward of a gradient, with room for this many bras.
    void begin(const double* params, std::size_t bras, const Workers* poll);
    // Undoes the program on the ket and the first `count` bras together; gradients: count x P.
    void sweep_back(std::size_t count, double* gradients, const Workers* poll);
};

}  // namespace qsetu
