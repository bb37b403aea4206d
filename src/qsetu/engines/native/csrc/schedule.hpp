// Which steps are done in which pass over the state.
#pragma once

#include <vector>

#include "plan.hpp"

namespace qsetu {

struct Pass {
    std::vector<int> local;  // the pass's local qubits: 0, 1, ... as far as they go, the busy ones before the idle
    std::vector<int> steps;  // indices into the plan, in order
};

// The lowest qubits are always local, so that a gathered segment is whole cache lines.
constexpr int kSegmentQubits = 4;

// At least one pass for the chosen steps. Each takes, in order, every step whose mixed qubits are local and that commutes with what was left
// behind. Diagonals and controls need not be local. Which qubits are local is searched for: what matters is
// how many steps a pass can take.
std::vector<Pass> schedule(const std::vector<Step>& steps, const std::vector<int>& chosen, int num_qubits,
                           int width);

}  // namespace qsetu
