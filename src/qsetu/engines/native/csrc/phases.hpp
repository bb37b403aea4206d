// Many diagonal operations as one table: a phase for every value of the qubits they read.
#pragma once

#include <algorithm>
#include <array>

#include "order.hpp"

namespace qsetu {

// The table is vectors of phases, a vector of real and one of imaginary parts each. A vector's index has a bit
// for each of the group's qubits that is not a lane bit: first those inside the tile, then those outside.
template <typename T>
class PhaseTable {
public:
    PhaseTable(const Group& group, const std::vector<Step>& steps, const Geometry& geometry, const Kernels<T>& kernels);

    std::size_t vectors() const { return std::size_t(1) << qubits_.size(); }
    // The qubits of the index bits; the first inside() of them lie in the tile.
    const std::vector<int>& qubits() const { return qubits_; }
    int inside() const { return inside_; }
    // Qubits left out because nothing changes unless they are 1.
    Index ones() const { return ones_; }

    // Multiplies all members, starting from `scale` (one a sample; null for 1). diagonal(piece): see Numbers.
    // `values`: 2 * vectors() vectors.
    template <typename Diagonal>
    void fill(const double* scale, int samples, T* values, const Diagonal& diagonal);

    // From sums over the amplitudes of each entry to the members' slopes: add(piece, row, sums over the amplitudes
    // in this row of the piece's targets and with its controls 1, a sum for each lane). `sums`: vectors() vectors,
    // overwritten; `lane`: room for one.
    template <typename Add>
    void reduce(T* sums, T* lane, const Add& add) const;

private:
    // One value of the member's qubits among the index bits, and the row (or -1) of each lane.
    struct Case {
        std::size_t fixed;
        std::array<int, kMostLanes> rows;
    };
    struct Member {
        Piece piece;
        std::size_t mask = 0;  // index bits
        int last = -1;         // the highest of them
        std::vector<Case> cases;
    };
    const Kernels<T>& kernels_;
    int inside_ = 0;
    Index ones_ = ~Index(0);
    std::vector<int> qubits_;
    std::vector<Member> members_;  // by `last`
    Chunks<T> chunks_;
    T* lane_;  // room for a vector of factors

    // A vector of factors: each lane's row, 1 for row -1.
    const T* spread(const std::array<int, kMostLanes>& row, const T* rows) const {
        const std::size_t lanes = static_cast<std::size_t>(kernels_.lanes);
        for (std::size_t l = 0; l < lanes; ++l) {
            lane_[l] = row[l] < 0 ? T(1) : rows[2 * row[l]];
            lane_[lanes + l] = row[l] < 0 ? T(0) : rows[2 * row[l] + 1];
        }
        return lane_;
    }
    bool changes(const T* factors) const {
        const std::size_t lanes = static_cast<std::size_t>(kernels_.lanes);
        for (std::size_t l = 0; l < lanes; ++l) {
            if (factors[l] != 1 || factors[lanes + l] != 0) return true;
        }
        return false;
    }
    Member member(const Piece& piece, const Operation& op, const std::vector<int>& lane_place) const;
};

template <typename T>
template <typename Diagonal>
void PhaseTable<T>::fill(const double* scale, int samples, T* values, const Diagonal& diagonal) {
    const std::size_t lanes = static_cast<std::size_t>(kernels_.lanes), last = static_cast<std::size_t>(samples) - 1;
    for (std::size_t l = 0; l < lanes; ++l) values[l] = static_cast<T>(scale ? scale[l & last] : 1);
    std::fill(values + lanes, values + 2 * lanes, T(0));
    auto member = members_.begin();
    // The table doubles bit by bit, and each member enters with its highest bit: the early ones are cheap.
    for (int bit = -1; bit < static_cast<int>(qubits_.size()); ++bit) {
        const std::size_t size = std::size_t(1) << (bit + 1);
        if (bit >= 0) std::copy(values, values + size * lanes, values + size * lanes);
        for (; member != members_.end() && member->last == bit; ++member) {
            const T* rows = diagonal(member->piece);
            for (const Case& one : member->cases) {
                const T* factors = samples == 1 ? spread(one.rows, rows) : rows + 2 * lanes * one.rows[0];
                if (changes(factors)) kernels_.multiply_table(values, size, member->mask, one.fixed, factors);
            }
        }
    }
}

template <typename T>
template <typename Add>
void PhaseTable<T>::reduce(T* sums, T* lane, const Add& add) const {
    const std::size_t lanes = static_cast<std::size_t>(kernels_.lanes);
    auto member = members_.rbegin();
    for (int bit = static_cast<int>(qubits_.size()) - 1; bit >= -1; --bit) {
        const std::size_t size = std::size_t(1) << (bit + 1);
        for (; member != members_.rend() && member->last == bit; ++member) {
            if (!member->piece.parametric) continue;
            for (const Case& one : member->cases) {
                kernels_.sum_table(sums, size, member->mask, one.fixed, lane);
                // Lanes of the same row are added together.
                for (int row = 0; row <= *std::max_element(one.rows.begin(), one.rows.begin() + lanes); ++row) {
                    double parts[kMostLanes] = {};
                    bool any = false;
                    for (std::size_t l = 0; l < lanes; ++l) {
                        if (one.rows[l] != row) continue;
                        parts[l] = lane[l];
                        any = true;
                    }
                    if (any) add(member->piece, row, parts);
                }
            }
        }
        if (bit >= 0) kernels_.fold_table(sums, size / 2);
    }
}

}  // namespace qsetu
