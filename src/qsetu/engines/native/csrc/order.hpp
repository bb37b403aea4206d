// In which order, and how much at a time, the steps of a pass are done to a block.
#pragma once

#include <vector>

#include "block.hpp"
#include "plan.hpp"

namespace qsetu {

// A step, or one of the three factors of a one-qubit step (see turn.hpp).
enum class Role : std::uint8_t { whole, rotation, left, right };

struct Piece {
    int step;
    Role role;
    Index mixed;   // qubits whose basis states it mixes
    Index read;    // qubits it only reads
    Index ones;    // diagonal: qubits that must be 1 for it to change anything
    double share;  // diagonal: part of the amplitudes that it changes
    bool parametric = false;  // it carries the step's parameters

    bool diagonal() const { return mixed == 0; }
    Index qubits() const { return mixed | read; }
};

// Pieces that are done in one reading of the block; `single` ones by a kernel of their own. A permutation has none:
// it is put between groups, see BlockProgram.
struct Group {
    enum class Kind : std::uint8_t { rotations, phases, single, permutation } kind;
    bool tiled;  // mixes nothing above the tile
    std::vector<Piece> pieces;
};

struct Geometry {
    Places places;  // of every qubit in the block, -1 outside
    int width;      // the block is 2^width amplitudes
    int tile;       // its lowest bits, which fit the first-level cache
    int lane_bits;
    int table_bits;  // most bits besides the lane bits that a table of phases may have
};

// The steps' pieces in groups, in an order that computes the same.
std::vector<Group> order(const std::vector<Step>& all, const std::vector<int>& chosen, const Geometry& geometry);

}  // namespace qsetu
