#include "sampling.hpp"

#include <vector>

#include "measure.hpp"

namespace qsetu {
namespace {

constexpr std::uint64_t kBlock = 1 << 12;         // amplitudes; their running sums fit the L1 cache
constexpr std::uint64_t kGrainBlocks = 64;        // fewer are not worth waking a thread for
constexpr std::uint64_t kGrainDraws = 1 << 12;

// Index of the first of `count` ascending numbers that exceeds `value`; `count` if none does. No branch
// depends on the numbers: which way a draw goes cannot be predicted.
std::uint64_t first_above(const double* ascending, std::uint64_t count, double value) {
    const double* from = ascending;
    while (count > 1) {
        const std::uint64_t half = count / 2;
        from += half * static_cast<std::uint64_t>(from[half - 1] <= value);
        count -= half;
    }
    return static_cast<std::uint64_t>(from - ascending) + (count && *from <= value ? 1 : 0);
}

}  // namespace

template <typename T>
void choose(const std::complex<T>* state, std::uint64_t size, const double* draws, std::uint64_t shots,
            std::int64_t* found, const Workers& workers) {
    const MeasureKernels<T>& k = measure_kernels<T>();
    const std::uint64_t width = std::min(size, kBlock), blocks = size / width;
    const T* pairs = reinterpret_cast<const T*>(state);

    // ends[b] = probability of blocks 0 to b.
    std::vector<double> ends(blocks);
    workers.split(blocks, kGrainBlocks, [&](std::uint64_t begin, std::uint64_t end) {
        for (std::uint64_t b = begin; b < end; ++b) ends[b] = k.weight(pairs + 2 * b * width, width);
    });
    std::uint64_t last = 0;  // the last block with anything in it
    for (std::uint64_t b = 0; b < blocks; ++b) {
        if (ends[b] > 0) last = b;
        if (b) ends[b] += ends[b - 1];
    }
    const double total = ends[blocks - 1];
    workers.checkpoint();

    // The draws, ordered by block: after this, block b's end at ends_of[b] and begin where b - 1's end.
    std::vector<std::uint32_t> block(shots);
    workers.split(shots, kGrainDraws, [&](std::uint64_t begin, std::uint64_t end) {
        for (std::uint64_t s = begin; s < end; ++s) {
            // A rounded point may lie at the very end.
            block[s] = static_cast<std::uint32_t>(std::min(first_above(ends.data(), blocks, draws[s] * total), last));
        }
    });
    struct Draw {
        double inside;       // what is left of it inside its block
        std::uint64_t shot;  // its place in `draws`
    };
    std::vector<Draw> sorted(shots);
    std::vector<std::uint64_t> ends_of(blocks + 1, 0);
    for (std::uint64_t s = 0; s < shots; ++s) ++ends_of[block[s] + 1];
    for (std::uint64_t b = 0; b < blocks; ++b) ends_of[b + 1] += ends_of[b];
    for (std::uint64_t s = 0; s < shots; ++s) {
        const std::uint32_t b = block[s];
        sorted[ends_of[b]++] = {draws[s] * total - (b ? ends[b - 1] : 0.0), s};
    }
    workers.checkpoint();

    workers.split(shots, kGrainDraws, [&](std::uint64_t begin, std::uint64_t end) {
        std::vector<double> running(width);
        for (std::uint64_t at = begin; at < end;) {
            const std::uint64_t b = block[sorted[at].shot];
            k.running(pairs + 2 * b * width, width, running.data());
            // The last amplitude that is not 0: the block's running sum may end an ulp before the sum
            // that led here.
            std::uint64_t top = width - 1;
            while (top > 0 && running[top] == running[top - 1]) --top;
            for (const std::uint64_t stop = std::min(end, ends_of[b]); at < stop; ++at) {
                const std::uint64_t inside = std::min(first_above(running.data(), width, sorted[at].inside), top);
                found[sorted[at].shot] = static_cast<std::int64_t>(b * width + inside);
            }
        }
    });
}

template void choose<float>(const std::complex<float>*, std::uint64_t, const double*, std::uint64_t, std::int64_t*,
                            const Workers&);
template void choose<double>(const std::complex<double>*, std::uint64_t, const double*, std::uint64_t, std::int64_t*,
                             const Workers&);

}  // namespace qsetu
