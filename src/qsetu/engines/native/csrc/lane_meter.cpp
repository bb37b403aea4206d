#include "lane_meter.hpp"

namespace qsetu {

template <typename T>
LaneMeter<T>::LaneMeter(std::size_t vectors)
    : measure_(measure_kernels<T>()), lanes_(static_cast<std::size_t>(measure_.lanes)), size_(vectors * lanes_) {
    while (std::size_t(1) << levels_ < vectors) ++levels_;
    re_ = chunks_.take(size_);
    im_ = chunks_.take(size_);
}

template <typename T>
void LaneMeter<T>::measure(const PauliGroups& groups, const T* re, const T* im, double* values) {
    const std::size_t count = static_cast<std::size_t>(groups.count);
    std::fill(values, values + lanes_ * count, 0.0);
    for (const PauliGroup& group : groups.groups) {
        if (group.x == 0) {
            measure_.norms(re, im, size_, re_);
        } else {
            measure_.products(re, im, re, im, size_, group.x * lanes_, re_, im_);
        }
        const bool all = transform(group.terms.size());
        bool odd = false, even = false;
        for (const PauliTerm& term : group.terms) (term.turn & 1 ? odd : even) = true;
        if (all && even) measure_.walsh_vectors(re_, size_);
        if (all && odd) measure_.walsh_vectors(im_, size_);
        for (const PauliTerm& term : group.terms) {
            const T* plane = term.turn & 1 ? im_ : re_;
            double sums[kMostLanes] = {};
            if (all) {
                for (std::size_t l = 0; l < lanes_; ++l) sums[l] = plane[term.z * lanes_ + l];
            } else {
                measure_.lane_sums(plane, size_, term.z, sums);
            }
            for (std::size_t l = 0; l < lanes_; ++l) {
                const double both[2] = {sums[l], sums[l]};
                values[l * count + term.observable] += term.coefficient * turned(both, term.turn);
            }
        }
    }
}

template <typename T>
void LaneMeter<T>::observe(const PauliGroups& groups, const double* weights, const T* re, const T* im, T* out_re,
                           T* out_im) {
    const std::size_t count = static_cast<std::size_t>(groups.count);
    std::fill(out_re, out_re + size_, T(0));
    std::fill(out_im, out_im + size_, T(0));
    for (const PauliGroup& group : groups.groups) {
        // The factor of every amplitude: for many terms coefficients at the place of their z, transformed.
        const bool all = transform(group.terms.size());
        bool odd = false;
        for (const PauliTerm& term : group.terms) odd = odd || term.turn & 1;
        std::fill(re_, re_ + size_, T(0));
        if (odd) std::fill(im_, im_ + size_, T(0));
        for (const PauliTerm& term : group.terms) {
            T* plane = term.turn & 1 ? im_ : re_;
            T factors[kMostLanes];
            for (std::size_t l = 0; l < lanes_; ++l) {
                const double weight = weights[l * count + term.observable] * term.coefficient;
                factors[l] = static_cast<T>(term.turn & 2 ? -weight : weight);
            }
            if (all) {
                for (std::size_t l = 0; l < lanes_; ++l) plane[term.z * lanes_ + l] += factors[l];
            } else {
                measure_.add_signs(plane, size_, term.z, factors);
            }
        }
        if (all) measure_.walsh_vectors(re_, size_);
        if (all && odd) measure_.walsh_vectors(im_, size_);
        measure_.spread(re, im, re_, odd ? im_ : nullptr, size_, group.x * lanes_, out_re, out_im);
    }
}

template class LaneMeter<float>;
template class LaneMeter<double>;

}  // namespace qsetu
