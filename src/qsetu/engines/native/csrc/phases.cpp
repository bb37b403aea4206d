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
    std::array<std::size_t, kMaxQubits> bit{};  // index bit of each qubit
    std::size_t controls = 0;
    for (std::size_t j = 0; j < qubits_.size(); ++j) {
        const int q = qubits_[j];
        if (!(piece.qubits() >> q & 1)) continue;
        bit[q] = std::size_t(1) << j;
        result.mask |= bit[q];
        result.last = static_cast<int>(j);
        if (op.control_mask >> q & 1) controls |= bit[q];
    }
    // What a lane adds to the row; -1 where a control in it is 0.
    std::array<int, kMostLanes> of_lane{};
    int lane_controls = 0;
    for (std::size_t q = 0; q < lane_place.size(); ++q) {
        if ((op.control_mask >> q & 1) && lane_place[q] >= 0) lane_controls |= 1 << lane_place[q];
    }
    int always = 0;  // targets that are neither in a lane nor an index bit: they are 1 wherever the table is read
    for (std::size_t t = 0; t < op.targets.size(); ++t) {
        const int lane = lane_place[op.targets[t]];
        if (lane < 0 && !bit[op.targets[t]]) always |= 1 << t;
        for (int l = 0; lane >= 0 && l < kernels_.lanes; ++l) of_lane[l] |= (l >> lane & 1) << t;
    }
    for (int l = 0; l < kernels_.lanes; ++l) {
        if ((l & lane_controls) != lane_controls) of_lane[l] = -1;
    }
    result.cases.reserve(std::size_t(1) << popcount(result.mask & ~controls));
    // Counts through the values of the index bits in the mask.
    for (std::size_t fixed = 0;; fixed = ((fixed | ~result.mask) + 1) & result.mask) {
        if ((fixed & controls) == controls) {
            int of_index = always;
            for (std::size_t t = 0; t < op.targets.size(); ++t) {
                if (fixed & bit[op.targets[t]]) of_index |= 1 << t;
            }
            Case one{fixed, of_lane};
            for (int l = 0; l < kernels_.lanes; ++l) {
                if (one.rows[l] >= 0) one.rows[l] |= of_index;
            }
            result.cases.push_back(one);
        }
        if (fixed == result.mask) break;
    }
    return result;
}

template class PhaseTable<float>;
template class PhaseTable<double>;

}  // namespace qsetu
