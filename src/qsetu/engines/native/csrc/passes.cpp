#include "passes.hpp"

#include <memory>

#include "block_map.hpp"
#include "block_program.hpp"
#include "schedule.hpp"

namespace qsetu {
namespace {

// 256 KiB in two planes: a block and the lines it comes from fit the L2 cache of any recent core.
template <typename T>
constexpr int kBlockQubits = sizeof(T) == 4 ? 15 : 14;

// A pass, bound to kernels.
template <typename T>
struct Ready {
    BlockMap<T> map;
    std::unique_ptr<BlockProgram<T>> program;
    Index reached;  // qubits that can be 1 when the pass starts: blocks at other positions are still 0
};

// What each thread works with: a buffer for one block.
template <typename T>
struct Desk {
    Chunks<T> planes;
    T *re, *im, *scratch;

    Desk(int width, std::size_t scratch_size) {
        // Half the sets of a first-level cache between the planes, or one's lines would push out the other's.
        const std::size_t size = std::size_t(1) << width, gap = 2048 / sizeof(T);
        re = planes.take(2 * size + gap);
        im = re + size + gap;
        scratch = planes.take(scratch_size);
    }
};

// Filling a table takes one thread as long as this many amplitudes of the sweep it saves.
constexpr int kTableWorth = 12, kMostTableBits = 7;

}  // namespace

template <typename T>
void run_passes(const Compiled& compiled, const double* params, std::complex<T>* state, const Workers& workers) {
    const Program& program = compiled.program;
    const int n = program.num_qubits();
    const Kernels<T>& k = kernels<T>();
    // At least one block a thread, as far as that leaves blocks worth running.
    int width = std::min(kBlockQubits<T>, n);
    while (width > kSegmentQubits + 4 && (Index(1) << (n - width)) < static_cast<Index>(workers.threads())) --width;

    workers.split(program.num_amplitudes(), Index(1) << 18, [&](Index begin, Index end) {
        std::fill(state + begin, state + end, std::complex<T>(0));
    });
    state[0] = 1;
    const int table_bits = std::max(2, std::min(kMostTableBits, n - kTableWorth));
    std::vector<Ready<T>> passes;
    std::size_t scratch = 0;
    Index reached = 0;
    for (const Pass& pass : schedule(compiled.block_steps, n, width)) {
        Places places(n, -1);
        for (std::size_t j = 0; j < pass.local.size(); ++j) places[pass.local[j]] = static_cast<int>(j);
        Ready<T> ready{BlockMap<T>(pass.local, n),
                       std::make_unique<BlockProgram<T>>(program, compiled.block_steps, pass.steps, places, width, table_bits),
                       reached};
        ready.program->fill(params);
        scratch = std::max(scratch, ready.program->scratch_size());
        for (int q : pass.local) reached |= Index(1) << q;
        passes.push_back(std::move(ready));
    }

    workers.together(workers.threads(), [&](Team& team, bool is_caller) {
        Desk<T> desk(width, scratch);
        for (const Ready<T>& pass : passes) {
            const T scale = static_cast<T>(pass.program->scale());
            team.round(pass.map.blocks(), is_caller, [&](Index block) {
                const Index position = pass.map.position(block);
                if (position & ~pass.reached) return;
                pass.map.gather(state + position, k, desk.re, desk.im);
                pass.program->run(position, desk.re, desk.im, desk.scratch);
                pass.map.scatter(desk.re, desk.im, scale, k, state + position);
            });
            if (team.stopped()) return;
        }
    });
}

template void run_passes<float>(const Compiled&, const double*, std::complex<float>*, const Workers&);
template void run_passes<double>(const Compiled&, const double*, std::complex<double>*, const Workers&);

}  // namespace qsetu
