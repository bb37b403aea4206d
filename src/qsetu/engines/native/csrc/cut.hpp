// Cuts one large state into blocks for measuring: some qubits are local, and a block is gathered into planes.
#pragma once

#include <algorithm>
#include <complex>
#include <vector>

#include "bits.hpp"
#include "block.hpp"

namespace qsetu {

// Amplitudes of a block: two planes of them and a few of work space stay in a core's own cache.
constexpr int kMeasureBlockQubits = 13;
// The lowest qubits are always local, so that a gathered segment is whole cache lines.
constexpr int kMeasureSegmentQubits = 5;

// Local qubit j, in ascending order, is bit j inside a block.
class Cut {
public:
    // `inside`: mask of the local qubits; the lowest of a state are among them.
    Cut(Index inside, int num_qubits) : inside_(inside) {
        for (int q = 0; q < num_qubits; ++q) (inside >> q & 1 ? local_ : outside_).push_back(q);
        while (segment_ < local_.size() && local_[segment_] == static_cast<int>(segment_)) ++segment_;
        for (Index s = 0; s < size() >> segment_; ++s) {
            Index start = 0;
            for (std::size_t j = segment_; j < local_.size(); ++j) start |= (s >> (j - segment_) & 1) << local_[j];
            starts_.push_back(start);
        }
    }

    Index size() const { return Index(1) << local_.size(); }
    Index blocks() const { return Index(1) << outside_.size(); }
    Index inside() const { return inside_; }
    // The index of a block's first amplitude: a number spread over the qubits that are not local.
    Index position(Index block) const {
        Index base = 0;
        for (std::size_t j = 0; j < outside_.size(); ++j) base |= (block >> j & 1) << outside_[j];
        return base;
    }
    // The bits of a mask over all qubits that are local, as a mask inside a block.
    Index narrowed(Index mask) const {
        Index inner = 0;
        for (std::size_t j = 0; j < local_.size(); ++j) inner |= (mask >> local_[j] & 1) << j;
        return inner;
    }
    template <typename T>
    void gather(const std::complex<T>* state, Index position, const Kernels<T>& k, T* re, T* im) const {
        const std::size_t run = std::size_t(1) << segment_;
        for (Index start : starts_) {
            k.split(reinterpret_cast<const T*>(state + position + start), re, im, run);
            re += run, im += run;
        }
    }

private:
    Index inside_;
    std::size_t segment_ = 0;  // so many lowest qubits are local, and lie together in memory
    std::vector<int> local_, outside_;
    std::vector<Index> starts_;  // of the segments inside a block
};

// Splits [0, count) into so few pieces that a result can be kept for each, whatever the number of threads:
// summed in order, they give the same total for any of it.
inline Index pieces_of(Index count) { return std::min<Index>(count, 64); }

// A choice of local qubits, and which wishes it grants: those whose qubits are all local.
struct Sweep {
    Index inside = 0;
    std::vector<std::size_t> granted;
};

// Sweeps over blocks that grant every wish of at most width - kMeasureSegmentQubits qubits, greedily;
// `left` gets the others.
inline std::vector<Sweep> sweeps(const std::vector<Index>& wishes, int num_qubits, std::vector<std::size_t>& left) {
    const int width = std::min(kMeasureBlockQubits, num_qubits);
    const Index low = (Index(1) << std::min(kMeasureSegmentQubits, width)) - 1;
    std::vector<std::size_t> waiting;
    left.clear();
    for (std::size_t w = 0; w < wishes.size(); ++w) {
        (popcount(low | wishes[w]) <= width ? waiting : left).push_back(w);
    }
    std::vector<Sweep> result;
    while (!waiting.empty()) {
        Sweep sweep{low, {}};
        std::vector<std::size_t> later;
        for (std::size_t w : waiting) {
            if (popcount(sweep.inside | wishes[w]) <= width) {
                sweep.inside |= wishes[w];
                sweep.granted.push_back(w);
            } else {
                later.push_back(w);
            }
        }
        for (int q = 0; q < num_qubits && popcount(sweep.inside) < width; ++q) sweep.inside |= Index(1) << q;
        result.push_back(std::move(sweep));
        waiting = std::move(later);
    }
    return result;
}

}  // namespace qsetu
