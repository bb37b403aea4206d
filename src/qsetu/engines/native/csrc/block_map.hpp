// Where the amplitudes of a pass's blocks lie in the state.
#pragma once

#include "block.hpp"

namespace qsetu {

// Gathers and scatters blocks: the pass's local qubit number j is bit j inside a block. The first local qubits
// are 0, 1, ... in order, as far as they go: that many make a segment that lies together in the state.
template <typename T>
class BlockMap {
public:
    BlockMap(const std::vector<int>& local, int num_qubits) {
        const int width = static_cast<int>(local.size());
        int segment = 0;
        while (segment < width && local[segment] == segment) ++segment;
        run_ = std::size_t(1) << segment;
        for (Index s = 0; s < Index(1) << (width - segment); ++s) {
            Index start = 0;
            for (int j = segment; j < width; ++j) start |= (s >> (j - segment) & 1) << local[j];
            starts_.push_back(start);
        }
        Index inside = 0;
        for (int q : local) inside |= Index(1) << q;
        for (int q = 0; q < num_qubits; ++q) {
            if (!(inside >> q & 1)) outside_.push_back(q);
        }
    }
    Index blocks() const { return Index(1) << outside_.size(); }
    Index position(Index block) const {
        Index base = 0;
        for (std::size_t j = 0; j < outside_.size(); ++j) base |= (block >> j & 1) << outside_[j];
        return base;
    }
    void gather(const std::complex<T>* state, const Kernels<T>& k, T* re, T* im) const {
        for (std::size_t s = 0; s < starts_.size(); ++s, re += run_, im += run_) {
            prefetch(state, s + kAhead);
            k.split(reinterpret_cast<const T*>(state + starts_[s]), re, im, run_);
        }
    }
    void scatter(const T* re, const T* im, T scale, const Kernels<T>& k, std::complex<T>* state) const {
        for (std::size_t s = 0; s < starts_.size(); ++s, re += run_, im += run_) {
            prefetch(state, s + kAhead);
            k.join(re, im, scale, reinterpret_cast<T*>(state + starts_[s]), run_);
        }
    }
    void clear(std::complex<T>* state) const {
        for (const Index start : starts_) std::fill(state + start, state + start + run_, std::complex<T>(0));
    }

private:
    // Segments lie apart, where the processor's own prefetcher does not look.
    static constexpr std::size_t kAhead = 16, kLine = 64;

    void prefetch(const std::complex<T>* state, std::size_t segment) const {
#if defined(__GNUC__) || defined(__clang__)
        if (segment >= starts_.size()) return;
        const char* at = reinterpret_cast<const char*>(state + starts_[segment]);
        const std::size_t bytes = std::min<std::size_t>(run_ * sizeof(std::complex<T>), 8 * kLine);
        for (std::size_t line = 0; line < bytes; line += kLine) __builtin_prefetch(at + line);
#else
        (void)state, (void)segment;
#endif
    }

    std::size_t run_;
    std::vector<Index> starts_;
    std::vector<int> outside_;
};

}  // namespace qsetu
