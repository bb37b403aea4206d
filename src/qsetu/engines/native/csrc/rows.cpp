#include "rows.hpp"

#include <numeric>

namespace qsetu {
namespace {

// A sweep back carries as many bras as leave it, the ket and its copy in this much of a core's cache.
constexpr std::size_t kSweepBytes = std::size_t(384) << 10;
constexpr std::size_t kMostBras = 8;

}  // namespace

template <typename T>
RowRunner<T>::RowRunner(const Compiled& compiled)
    : compiled_(compiled), program_(compiled.program), kernels_(kernels<T>()), size_(program_.num_amplitudes()),
      numbers_(program_, compiled.steps, 1, kernels_), beginning_(beginning(compiled.steps, program_.num_qubits())),
      start_(beginning_, compiled.steps, numbers_, kernels_) {
    ket_ = take_planes(planes_, size_);
}

template <typename T>
void RowRunner<T>::copy(Planes<T> from, Planes<T> to) const {
    std::copy(from.re, from.re + size_, to.re);
    std::copy(from.im, from.im + size_, to.im);
}

template <typename T>
Places RowRunner<T>::places() const {
    Places places(program_.num_qubits());
    std::iota(places.begin(), places.end(), 0);
    return places;
}

template <typename T>
std::unique_ptr<BlockProgram<T>> RowRunner<T>::bound(const std::vector<Step>& steps, Numbers<T>& numbers,
                                                     const std::vector<int>& chosen, Direction direction,
                                                     const Workers* poll) const {
    return std::make_unique<BlockProgram<T>>(program_, steps, numbers, chosen, places(), program_.num_qubits(),
                                             direction, poll);
}

template <typename T>
void RowRunner<T>::scratch(std::size_t size) {
    scratch_chunks_.reset();
    scratch_ = scratch_chunks_.take(size);
}

template <typename T>
void RowRunner<T>::forward(const double* params, const Workers* poll) {
    if (!forth_) forth_ = bound(compiled_.steps, numbers_, beginning_.rest, Direction::forward, poll);
    scratch(forth_->scratch_size());
    numbers_.set(params, 0);
    start_.fill();
    forth_->fill();
    start_.write(places(), program_.num_qubits(), 0, ket_.re, ket_.im);
    forth_->run(0, ket_, scratch_, poll);
    const T scale = static_cast<T>(*forth_->scale());
    if (scale == 1) return;
    for (std::size_t i = 0; i < size_; ++i) ket_.re[i] *= scale, ket_.im[i] *= scale;
}

template <typename T>
void RowRunner<T>::store(std::complex<T>* out) const {
    kernels_.join(ket_.re, ket_.im, T(1), reinterpret_cast<T*>(out), size_);
}

template <typename T>
Meter<T>& RowRunner<T>::meter() {
    if (!meter_) meter_ = std::make_unique<Meter<T>>(size_);
    return *meter_;
}

template <typename T>
void RowRunner<T>::expectations(const PauliGroups& groups, double* values) {
    std::fill(values, values + groups.count, 0.0);
    for (const PauliGroup& group : groups.groups) {
        meter().add(group, ket_.re, ket_.im, ket_.re, ket_.im, 0, 1.0, values);
    }
}

template <typename T>
void RowRunner<T>::reduce(const Subsets& subsets, Complex* out) const {
    reduce_planes(subsets, ket_.re, ket_.im, size_, out);
}

template <typename T>
void RowRunner<T>::observe(const PauliGroups& groups, const double* weights, Planes<T> bra) {
    std::fill(bra.re, bra.re + size_, T(0));
    std::fill(bra.im, bra.im + size_, T(0));
    for (const PauliGroup& group : groups.groups) {
        meter().observe(group, weights, ket_.re, ket_.im, 0, bra.re, bra.im);
    }
}

template <typename T>
void RowRunner<T>::begin(const double* params, std::size_t bras, const Workers* poll) {
    forward(params, poll);
    if (!back_) {
        std::vector<int> all(compiled_.operations().size());
        std::iota(all.begin(), all.end(), 0);
        back_numbers_ = std::make_unique<Numbers<T>>(program_, compiled_.operations(), 1, kernels_);
        back_ = bound(compiled_.operations(), *back_numbers_, all, Direction::both, poll);
    }
    while (bras_.size() < bras) bras_.push_back(take_planes(planes_, size_));
    scratch(back_->back_scratch_size(static_cast<int>(bras)));
    back_numbers_->set(params, 0);
    back_->fill_back();
}

template <typename T>
void RowRunner<T>::vjp(const PauliGroups& groups, const double* params, const double* weights, double* values,
                       double* gradient, const Workers* poll) {
    begin(params, 1, poll);
    expectations(groups, values);
    observe(groups, weights, bras_[0]);
    sweep_back(1, gradient, poll);
}

template <typename T>
void RowRunner<T>::state_vjp(const std::complex<T>* weights, const double* params, double* gradient,
                             const Workers* poll) {
    begin(params, 1, poll);
    // Re sum_i w_i d psi_i = 2 Re <bra| d psi> with bra = conj(w) / 2.
    for (std::size_t i = 0; i < size_; ++i) {
        bras_[0].re[i] = weights[i].real() / 2;
        bras_[0].im[i] = -weights[i].imag() / 2;
    }
    sweep_back(1, gradient, poll);
}

template <typename T>
void RowRunner<T>::jacobian(const PauliGroups& groups, const double* params, double* values, double* gradients,
                            const Workers* poll) {
    const std::size_t count = groups.count, room = kSweepBytes / (2 * sizeof(T) * size_);
    const std::size_t together = std::min({count, kMostBras, room > 3 ? room - 2 : std::size_t(1)});
    begin(params, together, poll);
    expectations(groups, values);
    const bool again = together < count;
    if (again && !final_.re) final_ = take_planes(planes_, size_);
    if (again) copy(ket_, final_);
    std::vector<double> weights(count, 0.0);
    for (std::size_t first = 0; first < count; first += together) {
        if (first) copy(final_, ket_);
        const std::size_t here = std::min(together, count - first);
        for (std::size_t b = 0; b < here; ++b) {
            weights[first + b] = 1;
            observe(groups, weights.data(), bras_[b]);
            weights[first + b] = 0;
        }
        sweep_back(here, gradients + first * program_.num_params(), poll);
        if (poll) poll->checkpoint();
    }
}

template <typename T>
void RowRunner<T>::sweep_back(std::size_t count, double* gradients, const Workers* poll) {
    const std::size_t width = program_.num_params(), steps = compiled_.operations().size();
    slopes_.assign(count * steps, 0.0);
    back_->run_back(0, bras_.data(), static_cast<int>(count), ket_, scratch_, slopes_.data(), true, poll);
    std::fill(gradients, gradients + count * width, 0.0);
    for (std::size_t b = 0; b < count; ++b) {
        for (std::size_t m = 0; m < steps; ++m) {
            program_.scatter(program_.operations()[m], slopes_[b * steps + m], gradients + b * width);
        }
    }
}

template class RowRunner<float>;
template class RowRunner<double>;

}  // namespace qsetu
