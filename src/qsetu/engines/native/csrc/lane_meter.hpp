// Pauli sums measured on, and applied to, as many states as a vector has lanes, one in each lane. A mask's bit q
// is bit q of a vector's index.
#pragma once

#include "observables.hpp"

namespace qsetu {

template <typename T>
class LaneMeter {
public:
    // `vectors` of each plane, a power of two.
    explicit LaneMeter(std::size_t vectors);

    // values[lane * groups.count + k] = <ket| O_k |ket>.
    void measure(const PauliGroups& groups, const T* re, const T* im, double* values);
    // out = sum over k of weights[lane * groups.count + k] O_k |ket>.
    void observe(const PauliGroups& groups, const double* weights, const T* re, const T* im, T* out_re, T* out_im);

private:
    bool transform(std::size_t terms) const { return terms > static_cast<std::size_t>(levels_); }

    const MeasureKernels<T>& measure_;
    const std::size_t lanes_, size_;  // size_ in numbers
    int levels_ = 0;                  // log2 of the number of vectors
    Chunks<T> chunks_;
    T *re_, *im_;
};

}  // namespace qsetu
