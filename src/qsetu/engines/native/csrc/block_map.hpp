// Where the amplitudes of a pass's blocks lie in the state.
#pragma once

#include <algorithm>
#include <complex>

#include "bits.hpp"
#include "block.hpp"
#include "seats.hpp"

namespace qsetu {

// Gathers and scatters blocks: the pass's local qubit number j is bit j inside a block. A block lies in the state in
// pieces of 2^kSegmentQubits amplitudes, in one order before the pass and in another after it (see seats.hpp).
template <typename T>
class BlockMap {
public:
    BlockMap(const Pass& pass, const Seats& before, const Seats& after)
        : piece_(std::size_t(1) << std::min<std::size_t>(kSegmentQubits, pass.local.size())) {
        const int num_qubits = static_cast<int>(before.size());
        std::vector<int> bits;  // of the local qubits, in the state
        std::vector<bool> is_local(num_qubits, false);
        for (int q : pass.local) bits.push_back(before[q]), is_local[q] = true;
        std::sort(bits.begin(), bits.end());
        starts_ = spread(bits, [](int bit) { return Index(1) << bit; });
        before_ = places(pass, before, bits);
        after_ = places(pass, after, bits);
        for (int q = 0; q < num_qubits; ++q) {
            if (!is_local[q]) outside_.push_back({q, before[q]});
        }
    }
    Index blocks() const { return Index(1) << outside_.size(); }
    // Which of the qubits outside a block are 1 in it.
    Index position(Index block) const {
        Index position = 0;
        for (std::size_t j = 0; j < outside_.size(); ++j) position |= (block >> j & 1) << outside_[j].qubit;
        return position;
    }
    void gather(Index block, const std::complex<T>* state, bool is_after, const Kernels<T>& k, T* re, T* im) const {
        const T* from = reinterpret_cast<const T*>(state + start(block));
        k.gather(from, starts_.data(), (is_after ? after_ : before_).data(), starts_.size(), piece_, re, im);
    }
    void scatter(Index block, const T* re, const T* im, T scale, bool is_after, const Kernels<T>& k,
                 std::complex<T>* state) const {
        T* to = reinterpret_cast<T*>(state + start(block));
        k.scatter(re, im, scale, starts_.data(), (is_after ? after_ : before_).data(), starts_.size(), piece_, to);
    }
    void clear(Index block, std::complex<T>* state) const {
        state += start(block);
        for (const Index at : starts_) std::fill(state + at, state + at + piece_, std::complex<T>(0));
    }

private:
    struct Outside {
        int qubit, bit;
    };
    std::size_t piece_;
    std::vector<Index> starts_;                  // of the pieces of a block, ascending
    std::vector<std::uint16_t> before_, after_;  // where each piece lies in the block, in pieces
    std::vector<Outside> outside_;

    // Of a block's first amplitude in the state.
    Index start(Index block) const {
        Index start = 0;
        for (std::size_t j = 0; j < outside_.size(); ++j) start |= (block >> j & 1) << outside_[j].bit;
        return start;
    }
    // Where in the block each piece lies, in pieces, when the qubits have these seats.
    std::vector<std::uint16_t> places(const Pass& pass, const Seats& seats, const std::vector<int>& bits) const {
        std::vector<int> in_block(seats.size(), -1);  // of each bit in the state: its bit in the block
        for (std::size_t j = 0; j < pass.local.size(); ++j) in_block[seats[pass.local[j]]] = static_cast<int>(j);
        std::vector<std::uint16_t> list;
        for (const Index at : spread(bits, [&](int bit) { return Index(1) << in_block[bit]; })) {
            list.push_back(static_cast<std::uint16_t>(at / piece_));
        }
        return list;
    }
    // For every value of the bits beyond a piece: the sum of value_of(bit) over those that are 1.
    template <typename Value>
    std::vector<Index> spread(const std::vector<int>& bits, const Value& value_of) const {
        std::vector<Index> sums{0};
        for (std::size_t j = static_cast<std::size_t>(log2_of(piece_)); j < bits.size(); ++j) {
            const Index value = value_of(bits[j]);
            const std::size_t half = sums.size();
            sums.resize(2 * half);
            for (std::size_t i = 0; i < half; ++i) sums[half + i] = sums[i] + value;
        }
        return sums;
    }
};

}  // namespace qsetu
