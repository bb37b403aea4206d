// Many diagonal operations as one table: a phase for every value of the qubits they read.
#pragma once

#include "order.hpp"
#include "turn.hpp"

namespace qsetu {

// Entry index of the table: the block's lane bits, then the group's other qubits inside the tile, then those
// outside the tile, from least to most significant.
class PhaseTable {
public:
    PhaseTable(const Group& group, const std::vector<Step>& steps, const Geometry& geometry);

    std::size_t size() const { return std::size_t(1) << bits_; }
    // Qubits of the index bits above the lane bits; the first inside() of them lie in the tile.
    const std::vector<int>& qubits() const { return qubits_; }
    int inside() const { return inside_; }
    // Qubits left out because nothing changes unless they are 1.
    Index ones() const { return ones_; }

    // Multiplies all members; `diagonal(piece, row)` is what a piece multiplies amplitudes of a row of its
    // targets with.
    template <typename Diagonal>
    void fill(const Diagonal& diagonal);
    double re(std::size_t entry) const { return re_[entry]; }
    double im(std::size_t entry) const { return im_[entry]; }

private:
    struct Member {
        Piece piece;
        std::vector<std::size_t> targets;  // index bit of each target; 0 for one that is known to be 1
        std::size_t controls, mask;
        int last;                          // number of the highest index bit
    };
    int bits_, inside_ = 0;
    Index ones_ = 0;
    std::vector<int> qubits_;
    std::vector<Member> members_;  // by `last`
    std::vector<double> re_, im_;

    void multiply(std::size_t size, std::size_t mask, std::size_t fixed, Complex factor);
};

template <typename Diagonal>
void PhaseTable::fill(const Diagonal& diagonal) {
    re_[0] = 1, im_[0] = 0;
    auto member = members_.begin();
    // The table doubles bit by bit, and each member enters with its highest bit: the early ones are cheap.
    for (int bit = -1; bit < bits_; ++bit) {
        const std::size_t size = std::size_t(1) << (bit + 1);
        if (bit >= 0) {
            std::copy(re_.begin(), re_.begin() + size / 2, re_.begin() + size / 2);
            std::copy(im_.begin(), im_.begin() + size / 2, im_.begin() + size / 2);
        }
        for (; member != members_.end() && member->last == bit; ++member) {
            for (int row = 0; row < 1 << member->targets.size(); ++row) {
                std::size_t fixed = member->controls;
                bool possible = true;
                for (std::size_t t = 0; t < member->targets.size(); ++t) {
                    if (row >> t & 1) fixed |= member->targets[t];
                    if (!(row >> t & 1) && !member->targets[t]) possible = false;
                }
                if (!possible) continue;
                const Complex factor = diagonal(member->piece, row);
                if (factor != 1.0) multiply(size, member->mask, fixed, factor);
            }
        }
    }
}

}  // namespace qsetu
