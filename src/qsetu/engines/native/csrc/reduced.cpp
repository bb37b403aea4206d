#include "reduced.hpp"

#include <memory>
#include <stdexcept>

#include "cut.hpp"
#include "measure.hpp"

namespace qsetu {
namespace {

// Adds one matrix; `place` says where a qubit lies in the block.
template <typename T, typename Place>
void add(const MeasureKernels<T>& k, int width, const std::int32_t* qubits, const Place& place, const T* re,
         const T* im, std::size_t size, Complex* out) {
    double* entries = reinterpret_cast<double*>(out);
    if (width == 1) return k.reduce_one(re, im, size, place(qubits[0]), entries);
    k.reduce_two(re, im, size, place(qubits[0]), place(qubits[1]), entries);
}

}  // namespace

void Subsets::check(int num_qubits) const {
    if (width < 1 || width > 2 || qubits.size() % width) throw std::invalid_argument("subsets have the wrong shape");
    for (std::size_t i = 0; i < qubits.size(); ++i) {
        if (qubits[i] < 0 || qubits[i] >= num_qubits) throw std::invalid_argument("subset's qubit out of range");
        if (i % width && qubits[i] == qubits[i - 1]) throw std::invalid_argument("qubit used twice in one subset");
    }
}

template <typename T>
void reduce_planes(const Subsets& subsets, const T* re, const T* im, std::size_t size, Complex* out) {
    const MeasureKernels<T>& k = measure_kernels<T>();
    std::fill(out, out + subsets.count() * subsets.entries(), Complex(0));
    const auto own = [](int q) { return q; };
    for (std::size_t s = 0; s < subsets.count(); ++s) {
        add(k, subsets.width, &subsets.qubits[s * subsets.width], own, re, im, size, out + s * subsets.entries());
    }
}

template <typename T>
void reduce_state(const Subsets& subsets, const std::complex<T>* state, int num_qubits, const Workers& workers,
                  Complex* out) {
    const Kernels<T>& k = kernels<T>();
    const MeasureKernels<T>& measure = measure_kernels<T>();
    const Index amplitudes = Index(1) << num_qubits;
    struct Planes {
        explicit Planes(std::size_t size) : re(chunks.take(size)), im(chunks.take(size)) {}
        Chunks<T> chunks;
        T *re, *im;
    };
    if (amplitudes < static_cast<Index>(k.lanes)) {
        // Smaller than a vector: the amplitudes of a wider state whose other qubits are 0.
        Planes planes(k.lanes);
        for (int i = 0; i < k.lanes; ++i) {
            const std::complex<T> a = static_cast<Index>(i) < amplitudes ? state[i] : 0;
            planes.re[i] = a.real(), planes.im[i] = a.imag();
        }
        return reduce_planes(subsets, planes.re, planes.im, k.lanes, out);
    }
    std::vector<Index> wishes;
    for (std::size_t s = 0; s < subsets.count(); ++s) {
        Index wish = 0;
        for (int j = 0; j < subsets.width; ++j) wish |= Index(1) << subsets.qubits[s * subsets.width + j];
        wishes.push_back(wish);
    }
    std::vector<std::size_t> left;  // stays empty: two more qubits always fit a block
    for (const Sweep& sweep : sweeps(wishes, num_qubits, left)) {
        const Cut cut(sweep.inside, num_qubits);
        const auto place = [&](int q) { return popcount(sweep.inside & ((Index(1) << q) - 1)); };
        const Index blocks = cut.blocks(), pieces = pieces_of(blocks);
        const std::size_t entries = subsets.entries(), stride = sweep.granted.size() * entries;
        std::vector<Complex> parts(pieces * stride);
        auto make = [&] { return std::make_unique<Planes>(cut.size()); };
        workers.each_with(pieces, make, [&](std::unique_ptr<Planes>& planes, Index piece, bool) {
            for (Index block = blocks * piece / pieces; block < blocks * (piece + 1) / pieces; ++block) {
                cut.gather(state, cut.position(block), k, planes->re, planes->im);
                for (std::size_t g = 0; g < sweep.granted.size(); ++g) {
                    const std::int32_t* qubits = &subsets.qubits[sweep.granted[g] * subsets.width];
                    add(measure, subsets.width, qubits, place, planes->re, planes->im, cut.size(),
                        &parts[piece * stride + g * entries]);
                }
            }
        });
        for (std::size_t g = 0; g < sweep.granted.size(); ++g) {
            for (std::size_t e = 0; e < entries; ++e) {
                Complex sum = 0;
                for (Index piece = 0; piece < pieces; ++piece) sum += parts[piece * stride + g * entries + e];
                out[sweep.granted[g] * entries + e] = sum;
            }
        }
    }
}

#define QSETU_INSTANTIATE(T)                                                                        \
    template void reduce_planes<T>(const Subsets&, const T*, const T*, std::size_t, Complex*);       \
    template void reduce_state<T>(const Subsets&, const std::complex<T>*, int, const Workers&, Complex*);
QSETU_INSTANTIATE(float)
QSETU_INSTANTIATE(double)
#undef QSETU_INSTANTIATE

}  // namespace qsetu
