#include "passes.hpp"

#include <memory>

#include "block_map.hpp"
#include "block_program.hpp"
#include "schedule.hpp"
#include "start.hpp"

namespace qsetu {
namespace {

// 256 KiB in two planes: a block and the lines it comes from fit the L2 cache of any recent core.
template <typename T>
constexpr int kBlockQubits = sizeof(T) == 4 ? 15 : 14;

// Most pieces that the sums of a gradient are made in.
constexpr Index kChunks = 32;

// A pass, bound to kernels.
template <typename T>
struct Ready {
    BlockMap<T> map;
    BlockProgram<T> program;
    Places places;
    Index reached;  // qubits that can be 1 when the pass starts: blocks at other positions are still 0
};

// All passes of a circuit, for blocks of one width.
template <typename T>
struct PassSet {
    const std::vector<Step>& steps;
    Numbers<T> numbers;
    Beginning begin;  // forward only: on the way back every step is undone
    Start<T> start;
    std::vector<std::unique_ptr<Ready<T>>> passes;
    std::size_t scratch = 0;

    PassSet(const Compiled& compiled, int width, Direction direction, const Workers& workers)
        : steps(direction == Direction::both ? compiled.operations() : compiled.steps),
          numbers(compiled.program, steps, 1, kernels<T>()), begin(beginning(steps, compiled.program.num_qubits())),
          start(begin, steps, numbers, kernels<T>()) {
        const int n = compiled.program.num_qubits();
        Index reached = 0;
        if (direction == Direction::both) {
            begin.rest.clear();
            for (std::size_t m = 0; m < steps.size(); ++m) begin.rest.push_back(static_cast<int>(m));
        } else {
            reached = begin.reached;
        }
        const std::vector<Pass> plan = schedule(steps, begin.rest, n, width);
        const std::vector<Seats> where = seats(plan, n);
        std::vector<Index> reached_before(plan.size());
        for (std::size_t t = 0; t < plan.size(); ++t) {
            reached_before[t] = reached;
            for (int q : plan[t].local) reached |= Index(1) << q;
        }
        passes.resize(plan.size());
        workers.each(plan.size(), [&](Index t) {
            const Pass& pass = plan[t];
            Places places(n, -1);
            for (std::size_t j = 0; j < pass.local.size(); ++j) places[pass.local[j]] = static_cast<int>(j);
            passes[t] = std::unique_ptr<Ready<T>>(new Ready<T>{
                BlockMap<T>(pass, where[t], where[t + 1]),
                BlockProgram<T>(compiled.program, steps, numbers, pass.steps, places, width, direction, &workers),
                places, reached_before[t]});
        });
        for (const auto& pass : passes) scratch = std::max(scratch, pass->program.back_scratch_size(1));
    }
};

// What each thread works with: buffers for a block of one state or two.
template <typename T>
struct Desk {
    Chunks<T> chunks;
    std::vector<Planes<T>> planes;
    T* scratch;

    Desk(int width, int states, std::size_t scratch_size) {
        for (int i = 0; i < states; ++i) planes.push_back(take_planes(chunks, std::size_t(1) << width));
        scratch = chunks.take(scratch_size);
    }
};

// At least one block a thread, as far as that leaves blocks worth running.
template <typename T>
int block_width(int num_qubits, int states, const Workers& workers) {
    int width = std::min(kBlockQubits<T> - (states - 1), num_qubits);
    while (width > kSegmentQubits + 4 && (Index(1) << (num_qubits - width)) < static_cast<Index>(workers.threads())) --width;
    return width;
}

template <typename T>
Shelf::Loan<PassSet<T>> borrow_set(const Compiled& compiled, int width, Direction direction, const Workers& workers) {
    const int key = 2 * width + (direction == Direction::both);
    return compiled.shelf.borrow<PassSet<T>>(key, [&] { return new PassSet<T>(compiled, width, direction, workers); });
}

}  // namespace

template <typename T>
void run_passes(const Compiled& compiled, const double* params, std::complex<T>* state, const Workers& workers) {
    const Program& program = compiled.program;
    const int n = program.num_qubits();
    const Kernels<T>& k = kernels<T>();
    const int width = block_width<T>(n, 1, workers);

    const auto set = borrow_set<T>(compiled, width, Direction::forward, workers);
    set->numbers.set(params, 0);
    set->start.fill();
    for (auto& pass : set->passes) pass->program.fill();

    workers.together(workers.threads(), [&](Team& team, bool is_caller) {
        Desk<T> desk(width, 1, set->scratch);
        const Planes<T> planes = desk.planes[0];
        for (std::size_t p = 0; p < set->passes.size(); ++p) {
            const Ready<T>& pass = *set->passes[p];
            const T scale = static_cast<T>(*pass.program.scale());
            team.round(p, pass.map.blocks(), is_caller, [&](Index block) {
                const Index position = pass.map.position(block);
                const bool first = p == 0;
                if (position & ~pass.reached) {
                    if (first) pass.map.clear(block, state);
                    return;
                }
                if (first) {
                    set->start.write(pass.places, width, position, planes.re, planes.im);
                } else {
                    pass.map.gather(block, state, false, k, planes.re, planes.im);
                }
                pass.program.run(position, planes, desk.scratch, nullptr);
                pass.map.scatter(block, planes.re, planes.im, scale, true, k, state);
            });
            if (team.stopped()) return;
        }
    });
}

template <typename T>
int count_passes(const Compiled& compiled, const Workers& workers) {
    const int width = block_width<T>(compiled.program.num_qubits(), 1, workers);
    return static_cast<int>(borrow_set<T>(compiled, width, Direction::forward, workers)->passes.size());
}

template <typename T>
void run_passes_back(const Compiled& compiled, const double* params, std::complex<T>* ket, std::complex<T>* bra,
                     double* gradient, const Workers& workers) {
    const Program& program = compiled.program;
    const Kernels<T>& k = kernels<T>();
    const int width = block_width<T>(program.num_qubits(), 2, workers);
    const auto set = borrow_set<T>(compiled, width, Direction::both, workers);
    auto& passes = set->passes;
    set->numbers.set(params, 0);
    for (auto& pass : passes) pass->program.fill_back();
    std::size_t first = 0;
    while (first < passes.size() && !passes[first]->program.parametric()) ++first;
    if (first == passes.size()) return;

    // Chunks of blocks have sums of their own, which are added up in order: whichever thread takes a chunk.
    const std::size_t steps = compiled.operations().size();
    const Index chunks = std::min<Index>(kChunks, Index(1) << (program.num_qubits() - width));
    std::vector<double> slopes(chunks * steps, 0.0);
    workers.together(workers.threads(), [&](Team& team, bool is_caller) {
        Desk<T> desk(width, 2, set->scratch);
        for (std::size_t p = passes.size(); p-- > first;) {
            const Ready<T>& pass = *passes[p];
            const T scale = static_cast<T>(*pass.program.back_scale());
            const Index each = pass.map.blocks() / chunks;
            team.round(passes.size() - 1 - p, chunks, is_caller, [&](Index chunk) {
                for (Index block = chunk * each; block < (chunk + 1) * each && !team.stopped(); ++block) {
                    if (is_caller) workers.checkpoint();
                    const Index position = pass.map.position(block);
                    // The ket is 0 here, and no pass further back connects the bra with where it is not.
                    if (position & ~pass.reached) continue;
                    const Planes<T> bra_block = desk.planes[0], ket_block = desk.planes[1];
                    pass.map.gather(block, bra, true, k, bra_block.re, bra_block.im);
                    pass.map.gather(block, ket, true, k, ket_block.re, ket_block.im);
                    pass.program.run_back(position, &bra_block, 1, ket_block, desk.scratch, slopes.data() + chunk * steps,
                                          p == first, nullptr);
                    if (p == first) continue;
                    pass.map.scatter(block, bra_block.re, bra_block.im, scale, false, k, bra);
                    pass.map.scatter(block, ket_block.re, ket_block.im, scale, false, k, ket);
                }
            });
            if (team.stopped()) return;
        }
    });
    for (Index chunk = 0; chunk < chunks; ++chunk) {
        for (std::size_t m = 0; m < steps; ++m) {
            program.scatter(program.operations()[m], slopes[chunk * steps + m], gradient);
        }
    }
}

#define QSETU_INSTANTIATE(T)                                                                                     \
    template int count_passes<T>(const Compiled&, const Workers&);                                                \
    template void run_passes<T>(const Compiled&, const double*, std::complex<T>*, const Workers&);                \
    template void run_passes_back<T>(const Compiled&, const double*, std::complex<T>*, std::complex<T>*, double*, \
                                     const Workers&);
QSETU_INSTANTIATE(float)
QSETU_INSTANTIATE(double)
#undef QSETU_INSTANTIATE

}  // namespace qsetu
