#include "observables.hpp"

#include <map>
#include <memory>

#include "cut.hpp"

namespace qsetu {
namespace {

double sign(Index bits) {
    bool odd = false;
    for (; bits; bits &= bits - 1) odd = !odd;
    return odd ? -1.0 : 1.0;
}

// A term's share of the real part of 1j**turn * sum.
double real_part(int turn, double re, double im) {
    const double sum[2] = {re, im};
    return turned(sum, turn);
}

// What each thread works with: planes of two blocks.
template <typename T>
struct Desk {
    explicit Desk(std::size_t size) : meter(size) {
        for (T*& plane : planes) plane = chunks.take(size);
    }
    Meter<T> meter;
    Chunks<T> chunks;
    T* planes[4];
};

// One pass over a large state: the same cut for all its groups. Where x flips qubits that are not local
// (`away`), a block is measured against the one it flips into.
template <typename T>
void measure_pass(const Cut& cut, Index away, const std::vector<PauliGroup>& groups, int count,
                  const std::complex<T>* state, const Workers& workers, double* values) {
    const Kernels<T>& k = kernels<T>();
    const std::size_t size = cut.size();
    Index top = away;  // its highest bit: of two blocks that flip into each other, the one without it is run
    while (top & (top - 1)) top &= top - 1;
    const Index blocks = cut.blocks(), pieces = pieces_of(blocks);
    std::vector<double> parts(pieces * count, 0.0);
    auto make = [&] { return std::make_unique<Desk<T>>(size); };
    workers.each_with(pieces, make, [&](std::unique_ptr<Desk<T>>& desk, Index piece, bool) {
        T* const* p = desk->planes;
        for (Index block = blocks * piece / pieces; block < blocks * (piece + 1) / pieces; ++block) {
            const Index position = cut.position(block);
            if (position & top) continue;
            cut.gather(state, position, k, p[0], p[1]);
            if (away) cut.gather(state, position ^ away, k, p[2], p[3]);
            // The other half of the sum is the complex conjugate: the operator is Hermitian.
            const T *bra_re = away ? p[2] : p[0], *bra_im = away ? p[3] : p[1];
            for (const PauliGroup& group : groups) {
                desk->meter.add(group, bra_re, bra_im, p[0], p[1], position, away ? 2.0 : 1.0, &parts[piece * count]);
            }
        }
    });
    for (Index piece = 0; piece < pieces; ++piece) {
        for (int o = 0; o < count; ++o) values[o] += parts[piece * count + o];
    }
}

PauliGroup narrowed(const PauliGroup& group, const Cut& cut) {
    PauliGroup result{cut.narrowed(group.x), group.terms};
    for (PauliTerm& term : result.terms) {
        term.outside = term.z & ~cut.inside();
        term.z = cut.narrowed(term.z);
    }
    return result;
}

}  // namespace

PauliGroups::PauliGroups(const PauliTable& table) : count(table.count()) {
    std::map<Index, std::size_t> place;
    for (int o = 0; o < count; ++o) {
        for (int t = table.starts[o]; t < table.starts[o + 1]; ++t) {
            const auto found = place.emplace(table.x_masks[t], groups.size());
            if (found.second) groups.push_back({table.x_masks[t], {}});
            groups[found.first->second].terms.push_back(
                {table.z_masks[t], o, table.y_counts[t], table.coefficients[t]});
        }
    }
}

template <typename T>
Meter<T>::Meter(std::size_t size) : kernels_(kernels<T>()), measure_(measure_kernels<T>()), size_(size), levels_(0) {
    while (std::size_t(1) << levels_ < size) ++levels_;
    re_ = chunks_.take(size);
    im_ = chunks_.take(size);
}

template <typename T>
void Meter<T>::add(const PauliGroup& group, const T* bra_re, const T* bra_im, const T* ket_re, const T* ket_im,
                   Index position, double weight, double* values) {
    if (group.terms.size() == 1 && bra_re == ket_re) {
        const PauliTerm& term = group.terms[0];
        double sum[2];
        kernels_.overlap(ket_re, ket_im, size_, group.x, term.z, sum);
        values[term.observable] += weight * sign(position & term.outside) * term.coefficient * turned(sum, term.turn);
        return;
    }
    bool odd = false;  // whether imaginary parts are asked for
    bool even = false;
    for (const PauliTerm& term : group.terms) (term.turn & 1 ? odd : even) = true;
    if (group.x == 0 && bra_re == ket_re) {
        measure_.norms(ket_re, ket_im, size_, re_);
    } else {
        measure_.products(bra_re, bra_im, ket_re, ket_im, size_, group.x, re_, im_);
    }
    const bool all = transform(group.terms.size());
    if (all && even) measure_.walsh(re_, size_);
    if (all && odd) measure_.walsh(im_, size_);
    for (const PauliTerm& term : group.terms) {
        const T* plane = term.turn & 1 ? im_ : re_;
        const double sum = all ? double(plane[term.z]) : measure_.signed_sum(plane, size_, term.z);
        values[term.observable] +=
            weight * sign(position & term.outside) * term.coefficient * real_part(term.turn, sum, sum);
    }
}

template <typename T>
void Meter<T>::observe(const PauliGroup& group, const double* weights, const T* ket_re, const T* ket_im,
                       Index position, T* out_re, T* out_im) {
    std::size_t active = 0;
    bool odd = false;
    for (const PauliTerm& term : group.terms) {
        if (weights[term.observable] == 0) continue;
        ++active;
        odd = odd || term.turn & 1;
    }
    if (active == 0) return;
    const bool all = transform(active);
    if (all) {
        // The factor of every amplitude at once: coefficients at the place of their z, transformed.
        std::fill(re_, re_ + size_, T(0));
        if (odd) std::fill(im_, im_ + size_, T(0));
    }
    const T turns[4][2] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
    for (const PauliTerm& term : group.terms) {
        if (weights[term.observable] == 0) continue;
        const T factor = static_cast<T>(weights[term.observable] * term.coefficient * sign(position & term.outside));
        const T re = factor * turns[term.turn][0], im = factor * turns[term.turn][1];
        if (all) {
            re_[term.z] += re;
            if (odd) im_[term.z] += im;
        } else {
            kernels_.observe(ket_re, ket_im, size_, group.x, term.z, re, im, out_re, out_im);
        }
    }
    if (!all) return;
    measure_.walsh(re_, size_);
    if (odd) measure_.walsh(im_, size_);
    measure_.spread(ket_re, ket_im, re_, odd ? im_ : nullptr, size_, group.x, out_re, out_im);
}

template <typename T>
void measure_state(const PauliGroups& groups, const std::complex<T>* state, int num_qubits, const Workers& workers,
                   double* values) {
    std::fill(values, values + groups.count, 0.0);
    std::vector<Index> wishes;
    for (const PauliGroup& group : groups.groups) wishes.push_back(group.x);
    std::vector<std::size_t> left;
    for (const Sweep& sweep : sweeps(wishes, num_qubits, left)) {
        const Cut cut(sweep.inside, num_qubits);
        std::vector<PauliGroup> here;
        for (std::size_t g : sweep.granted) here.push_back(narrowed(groups.groups[g], cut));
        measure_pass(cut, Index(0), here, groups.count, state, workers, values);
    }
    // Strings that flip too many qubits for a block: blocks of the lowest qubits, in pairs, all strings
    // together that pair the same blocks.
    const Index inside = (Index(1) << std::min(kMeasureBlockQubits, num_qubits)) - 1;
    const Cut cut(inside, num_qubits);
    std::map<Index, std::vector<PauliGroup>> pairs;
    for (std::size_t g : left) pairs[groups.groups[g].x & ~inside].push_back(narrowed(groups.groups[g], cut));
    for (const auto& [away, here] : pairs) measure_pass(cut, away, here, groups.count, state, workers, values);
}

template <typename T>
void observe_state(const PauliGroups& groups, const double* weights, const std::complex<T>* state, int num_qubits,
                   const Workers& workers, std::complex<T>* out) {
    const Kernels<T>& k = kernels<T>();
    const Index inside = (Index(1) << std::min(kMeasureBlockQubits, num_qubits)) - 1;
    const Cut cut(inside, num_qubits);
    const std::size_t size = cut.size();
    // What is written to block j comes from block j ^ away: groups with the same `away` share the reading.
    std::map<Index, std::vector<PauliGroup>> sources;
    for (const PauliGroup& group : groups.groups) sources[group.x & ~inside].push_back(narrowed(group, cut));
    auto make = [&] { return std::make_unique<Desk<T>>(size); };
    workers.each_with(cut.blocks(), make, [&](std::unique_ptr<Desk<T>>& desk, Index block, bool) {
        T* const* p = desk->planes;
        const Index position = block * size;
        std::fill(p[2], p[2] + size, T(0));
        std::fill(p[3], p[3] + size, T(0));
        for (const auto& [away, here] : sources) {
            cut.gather(state, position ^ away, k, p[0], p[1]);
            for (const PauliGroup& group : here) {
                desk->meter.observe(group, weights, p[0], p[1], position ^ away, p[2], p[3]);
            }
        }
        k.join(p[2], p[3], T(1), reinterpret_cast<T*>(out + position), size);
    });
}

#define QSETU_INSTANTIATE(T)                                                                                    \
    template class Meter<T>;                                                                                    \
    template void measure_state<T>(const PauliGroups&, const std::complex<T>*, int, const Workers&, double*);    \
    template void observe_state<T>(const PauliGroups&, const double*, const std::complex<T>*, int, const Workers&, \
                                   std::complex<T>*);
QSETU_INSTANTIATE(float)
QSETU_INSTANTIATE(double)
#undef QSETU_INSTANTIATE

}  // namespace qsetu
