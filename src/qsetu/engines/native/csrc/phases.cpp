#include "phases.hpp"

#include <algorithm>

#include "bits.hpp"

namespace qsetu {

template <typename T>
PhaseTable<T>::PhaseTable(const Group& group, const std::vector<Step>& steps, const Geometry& at, const Kernels<T>& kernels)
    : kernels_(kernels), lane_(chunks_.take(std::size_t(2) * kernels.lanes)) {
    const int n = static_cast<int>(at.places.size());
    std::vector<int> lane_place(n, -1);
    Index all = 0, lanes = 0;
    for (int q = 0; q < n; ++q) {
        if (at.places[q] < 0 || at.places[q] >= at.lane_bits) continue;
        lane_place[q] = at.places[q];
        lanes |= Index(1) << q;
    }
    for (const Piece& piece : group.pieces) {
        all |= piece.qubits();
        ones_ &= piece.ones;
    }
    ones_ &= ~lanes;
    const Index wanted = all & ~lanes & ~ones_;
    for (bool inside : {true, false}) {
        for (int q = 0; q < n; ++q) {
            if (!(wanted >> q & 1) || (at.places[q] >= 0 && at.places[q] < at.tile) != inside) continue;
            qubits_.push_back(q);
            inside_ += inside;
        }
    }
    for (const Piece& piece : group.pieces) members_.push_back(member(piece, steps[piece.step].operation, lane_place));
    std::stable_sort(members_.begin(), members_.end(), [](const Member& a, const Member& b) { return a.last < b.last; });
}

template <typename T>
typename PhaseTable<T>::Member PhaseTable<T>::member(const Piece& piece, const Operation& op,
                                                     const std::vector<int>& lane_place) const {
    Member result;
    result.piece = piece;
    std::vector<std::size_t> bit(lane_place.size(), 0);  // index bit of each qubit
    for (std::size_t j = 0; j < qubits_.size(); ++j) {
        bit[qubits_[j]] = std::size_t(1) << j;
        if (piece.qubits() >> qubits_[j] & 1) {
            result.mask |= std::size_t(1) << j;
            result.last = static_cast<int>(j);
        }
    }
    std::size_t controls = 0;
    for (std::size_t q = 0; q < bit.size(); ++q) {
        if (op.control_mask >> q & 1) controls |= bit[q];
    }
    // Counts through the values of the index bits in the mask.
    for (std::size_t fixed = 0;; fixed = ((fixed | ~result.mask) + 1) & result.mask) {
        if ((fixed & controls) == controls) {
            Case one{fixed, {}};
            for (int l = 0; l < kernels_.lanes; ++l) {
                int row = 0;
                for (std::size_t t = 0; t < op.targets.size(); ++t) {
                    const int q = op.targets[t], lane = lane_place[q];
                    const bool set = lane >= 0 ? l >> lane & 1 : bit[q] ? bool(fixed & bit[q]) : true;
                    if (set) row |= 1 << t;
                }
                for (std::size_t q = 0; q < lane_place.size(); ++q) {
                    if ((op.control_mask >> q & 1) && lane_place[q] >= 0 && !(l >> lane_place[q] & 1)) row = -1;
                    if (row < 0) break;
                }
                one.rows[l] = row;
            }
            result.cases.push_back(std::move(one));
        }
        if (fixed == result.mask) break;
    }
    return result;
}

template class PhaseTable<float>;
template class PhaseTable<double>;

}  // namespace qsetu
