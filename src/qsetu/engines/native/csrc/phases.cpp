#include "phases.hpp"

#include <algorithm>

#include "bits.hpp"

namespace qsetu {

PhaseTable::PhaseTable(const Group& group, const std::vector<Step>& steps, const Geometry& at) {
    Index all = 0, lanes = 0;
    ones_ = ~Index(0);
    for (std::size_t q = 0; q < at.places.size(); ++q) {
        if (at.places[q] >= 0 && at.places[q] < at.lane_bits) lanes |= Index(1) << q;
    }
    for (const Piece& piece : group.pieces) {
        all |= piece.qubits();
        ones_ &= piece.ones;
    }
    ones_ &= ~lanes;
    const Index wanted = all & ~lanes & ~ones_;
    std::vector<std::size_t> bit(at.places.size(), 0);  // index bit of each qubit
    for (std::size_t q = 0; q < at.places.size(); ++q) {
        if (lanes >> q & 1) bit[q] = std::size_t(1) << at.places[q];
    }
    for (bool inside : {true, false}) {
        for (std::size_t q = 0; q < at.places.size(); ++q) {
            if (!(wanted >> q & 1) || (at.places[q] >= 0 && at.places[q] < at.tile) != inside) continue;
            bit[q] = std::size_t(1) << (at.lane_bits + qubits_.size());
            qubits_.push_back(static_cast<int>(q));
            inside_ += inside;
        }
    }
    bits_ = at.lane_bits + static_cast<int>(qubits_.size());
    re_.resize(size());
    im_.resize(size());
    for (const Piece& piece : group.pieces) {
        const Operation& op = steps[piece.step].operation;
        Member member{piece, {}, 0, 0, -1};
        for (int q : op.targets) member.targets.push_back(bit[q]);
        for (std::size_t q = 0; q < bit.size(); ++q) {
            if (op.control_mask >> q & 1) member.controls |= bit[q];
            if (piece.qubits() >> q & 1) member.mask |= bit[q];
        }
        while (member.mask >> (member.last + 1)) ++member.last;
        members_.push_back(std::move(member));
    }
    std::stable_sort(members_.begin(), members_.end(), [](const Member& a, const Member& b) { return a.last < b.last; });
}

void PhaseTable::multiply(std::size_t size, std::size_t mask, std::size_t fixed, Complex factor) {
    const double fr = factor.real(), fi = factor.imag();
    // Entries with consecutive indices up to the lowest bit that matters.
    const std::size_t run = mask ? std::min(mask & ~(mask - 1), size) : size;
    for (std::size_t start = 0; start < size; start = next_outside(start | (run - 1), mask)) {
        double* re = re_.data() + (start | fixed);
        double* im = im_.data() + (start | fixed);
        for (std::size_t i = 0; i < run; ++i) {
            const double r = re[i], m = im[i];
            re[i] = fr * r - fi * m;
            im[i] = fr * m + fi * r;
        }
    }
}

}  // namespace qsetu
