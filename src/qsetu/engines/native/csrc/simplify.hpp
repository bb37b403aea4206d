// Rewrites that leave a program's unitary as it is, and its parameters where they are.
#pragma once

#include <deque>
#include <vector>

#include "program.hpp"

namespace qsetu {

// Two laws, applied until neither fits:
//   an operation without an angle right after its inverse: both go (CX CX, H H, S S^-1);
//   CX(c, t) D CX(c, t) with D diagonal: one diagonal on D's qubits and c, which every engine part knows how to put
//   beside other diagonals (the ZZ of a feature map or a cost Hamiltonian, written with CX).
// New matrices are put into `forms`, which the operations point to.
std::vector<Operation> simplified(std::vector<Operation> operations, int num_qubits,
                                  std::deque<std::vector<Complex>>& forms);

}  // namespace qsetu
