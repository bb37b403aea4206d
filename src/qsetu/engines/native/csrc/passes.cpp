#include "passes.hpp"

namespace qsetu {
namespace {

// 2^15 amplitudes of complex64 are 256 KiB: a block and its buffer fit the L2 cache of any recent core.
constexpr int kBlockQubits = 15;
// The lowest qubits are always local, so that a gathered segment is whole cache lines.
constexpr int kSegmentQubits = 5;

struct Needs {
    Index mixed;     // qubits whose basis states the operation mixes: must be local
    Index diagonal;  // qubits it only reads: controls, targets of a diagonal
};

Needs needs(const Operation& op) {
    Index targets = 0;
    for (int q : op.targets) targets |= Index(1) << q;
    return op.diagonal ? Needs{0, targets | op.control_mask} : Needs{targets, op.control_mask};
}

int popcount(Index bits) {
    int count = 0;
    for (; bits; bits &= bits - 1) ++count;
    return count;
}

// Gathers and scatters blocks: local qubit j of the pass is bit j inside a block.
template <typename T>
class BlockMap {
public:
    BlockMap(const std::vector<int>& local, int num_qubits) : width_(static_cast<int>(local.size())) {
        while (segment_ < width_ && local[segment_] == segment_) ++segment_;
        const Index segments = Index(1) << (width_ - segment_);
        for (Index s = 0; s < segments; ++s) {
            Index start = 0;
            for (int j = segment_; j < width_; ++j) start |= (s >> (j - segment_) & 1) << local[j];
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
        const std::size_t run = std::size_t(1) << segment_;
        for (Index start : starts_) {
            k.split(reinterpret_cast<const T*>(state + start), re, im, run);
            re += run, im += run;
        }
    }
    void scatter(const T* re, const T* im, const Kernels<T>& k, std::complex<T>* state) const {
        const std::size_t run = std::size_t(1) << segment_;
        for (Index start : starts_) {
            k.join(re, im, reinterpret_cast<T*>(state + start), run);
            re += run, im += run;
        }
    }

private:
    int width_, segment_ = 0;
    std::vector<Index> starts_;
    std::vector<int> outside_;
};

// A pass, ready to run.
template <typename T>
struct Ready {
    BlockMap<T> map;
    std::vector<Bound<T>> bound;
    Index reached;  // qubits that can be 1 when the pass starts: blocks at other positions are still 0
};

// What each thread works with: a buffer for one block.
template <typename T>
struct Desk {
    Chunks<T> planes;
    T *re, *im, *scratch;

    Desk(int width, std::size_t scratch_size) {
        re = planes.take(std::size_t(1) << width);
        im = planes.take(std::size_t(1) << width);
        scratch = planes.take(scratch_size);
    }
};

}  // namespace

std::vector<Pass> schedule(const Compiled& compiled, int width) {
    const auto& steps = compiled.steps;
    const int n = compiled.program.num_qubits();
    std::vector<int> waiting(steps.size());
    for (std::size_t m = 0; m < steps.size(); ++m) waiting[m] = static_cast<int>(m);
    const Index everything = compiled.program.num_amplitudes() - 1;
    std::vector<Pass> passes;
    while (!waiting.empty()) {
        Pass pass;
        Index local = (Index(1) << std::min(kSegmentQubits, width)) - 1;
        Index left_mixed = 0, left_diagonal = 0;  // qubits touched by operations left for later
        std::vector<int> later;
        for (int m : waiting) {
            const Needs need = needs(steps[m].operation);
            const bool commutes = !(need.mixed & (left_mixed | left_diagonal)) && !(need.diagonal & left_mixed);
            if (commutes && left_mixed != everything && popcount(local | need.mixed) <= width) {
                local |= need.mixed;
                pass.steps.push_back(m);
            } else {
                left_mixed |= need.mixed;
                left_diagonal |= need.diagonal;
                later.push_back(m);
            }
        }
        for (int q = 0; q < n && popcount(local) < width; ++q) local |= Index(1) << q;
        for (int q = 0; q < n; ++q) {
            if (local >> q & 1) pass.local.push_back(q);
        }
        passes.push_back(std::move(pass));
        waiting = std::move(later);
    }
    return passes;
}

template <typename T>
void run_passes(const Compiled& compiled, const double* params, std::complex<T>* state, const Workers& workers) {
    const Program& program = compiled.program;
    const int n = program.num_qubits();
    const Kernels<T>& k = kernels<T>();
    // At least one block a thread, as far as that leaves blocks worth running.
    int width = std::min(kBlockQubits, n);
    while (width > kSegmentQubits + 4 && (Index(1) << (n - width)) < static_cast<Index>(workers.threads())) --width;

    workers.split(program.num_amplitudes(), Index(1) << 18, [&](Index begin, Index end) {
        std::fill(state + begin, state + end, std::complex<T>(0));
    });
    state[0] = 1;
    Arena<T> arena;
    StepMatrix matrix;
    std::vector<Ready<T>> passes;
    std::size_t scratch = 0;
    Index reached = 0;
    for (const Pass& pass : schedule(compiled, width)) {
        Places places(n, -1);
        for (std::size_t j = 0; j < pass.local.size(); ++j) places[pass.local[j]] = static_cast<int>(j);
        Ready<T> ready{BlockMap<T>(pass.local, n), {}, reached};
        for (int m : pass.steps) {
            const Step& step = compiled.steps[m];
            matrix.bind(program, step, params);
            bind_operation(step.operation, matrix.data(), Purpose::apply, places, width, k.lanes, arena, ready.bound);
        }
        for (const Bound<T>& op : ready.bound) {
            if (op.kind == Kind::dense) scratch = std::max<std::size_t>(scratch, std::size_t(2) * op.count);
        }
        for (int q : pass.local) reached |= Index(1) << q;
        passes.push_back(std::move(ready));
    }

    workers.together(workers.threads(), [&](Team& team, bool is_caller) {
        Desk<T> desk(width, scratch);
        for (const Ready<T>& pass : passes) {
            team.round(pass.map.blocks(), is_caller, [&](Index block) {
                const Index position = pass.map.position(block);
                if (position & ~pass.reached) return;
                pass.map.gather(state + position, k, desk.re, desk.im);
                for (Bound<T> op : pass.bound) {
                    if ((position & op.block_mask) != op.block_value) continue;
                    op.scratch = desk.scratch;
                    k.run(op, desk.re, desk.im);
                }
                pass.map.scatter(desk.re, desk.im, k, state + position);
            });
            if (team.stopped()) return;
        }
    });
}

template void run_passes<float>(const Compiled&, const double*, std::complex<float>*, const Workers&);
template void run_passes<double>(const Compiled&, const double*, std::complex<double>*, const Workers&);

}  // namespace qsetu
