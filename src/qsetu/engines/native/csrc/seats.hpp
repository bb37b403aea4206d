// Where each qubit's bit lies in the memory index of an amplitude. A pass writes its blocks back with the local
// qubits in another order, so that the next pass finds its own in few long pieces of memory.
#pragma once

#include "schedule.hpp"

namespace qsetu {

// Of each qubit, the number of its bit.
using Seats = std::vector<int>;

// Entry t holds before pass t, the last one after all passes: there qubit q has bit q. Passes run in this order or
// the other way round; the first kSegmentQubits qubits keep their bits.
std::vector<Seats> seats(const std::vector<Pass>& passes, int num_qubits);

}  // namespace qsetu
