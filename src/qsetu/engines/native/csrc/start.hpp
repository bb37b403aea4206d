// What one-qubit gates make of |0...0> before any gate joins qubits: a product, written down at once. A pass over
// the state, or the sweeps of a circuit's first layer, are saved.
#pragma once

#include "numbers.hpp"

namespace qsetu {

// The steps at which each qubit begins, in order, and the rest.
struct Beginning {
    std::vector<std::vector<int>> of_qubit;
    std::vector<int> rest;
    Index reached = 0;  // qubits that any of these steps takes away from 0
};

Beginning beginning(const std::vector<Step>& steps, int num_qubits);

template <typename T>
class Start {
public:
    // Keeps the references. `numbers` holds all steps of the beginning.
    Start(const Beginning& beginning, const std::vector<Step>& steps, Numbers<T>& numbers, const Kernels<T>& kernels);

    // To be called after numbers.set().
    void fill();
    // The block of 2^width amplitudes at `position`; see BlockProgram for places and samples.
    void write(const Places& places, int width, Index position, T* re, T* im) const;

private:
    const Beginning& beginning_;
    const std::vector<Step>& steps_;
    Numbers<T>& numbers_;
    const Kernels<T>& kernels_;
    const std::size_t samples_;
    std::vector<double> amplitudes_;  // of each qubit: re and im of 0, then of 1, a number for every sample

    double* of(int qubit, int part) { return &amplitudes_[(4 * qubit + part) * samples_]; }
    Complex amplitude(int qubit, bool one, std::size_t sample) const {
        const double* at = &amplitudes_[(4 * qubit + 2 * one) * samples_ + sample];
        return {at[0], at[samples_]};
    }
    void apply(int qubit, int index);
    void multiply(int qubit, bool one, Complex factor);
};

}  // namespace qsetu
