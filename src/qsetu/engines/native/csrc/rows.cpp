#include "rows.hpp"

namespace qsetu {
namespace {

// A sweep back carries as many bras as leave it, the ket and its copy in this much of a core's cache.
constexpr std::size_t kSweepBytes = std::size_t(384) << 10;
constexpr std::size_t kMostBras = 8;

// Numbers with nothing special about them: what is 0 or 1 in a matrix at these is so at all others.
std::vector<double> generic_params(int count) {
    std::vector<double> params(count);
    for (int i = 0; i < count; ++i) params[i] = 0.7391 + 0.6180339887 * i;
    return params;
}

}  // namespace

template <typename T>
RowRunner<T>::RowRunner(const Compiled& compiled)
    : compiled_(compiled), program_(compiled.program), kernels_(kernels<T>()), size_(program_.num_amplitudes()) {
    for (int q = 0; q < program_.num_qubits(); ++q) places_.push_back(q);
    ket_re_ = planes_.take(size_);
    ket_im_ = planes_.take(size_);
    const std::vector<double> generic = generic_params(program_.num_params());
    for (const Step& step : compiled_.steps) {
        step_matrix_.bind(program_, step, generic.data());
        steps_.push_back(bound(step.operation, step_matrix_.data(), Purpose::apply));
    }
}

template <typename T>
std::vector<Bound<T>> RowRunner<T>::bound(const Operation& op, const Complex* matrix, Purpose purpose) {
    std::vector<Bound<T>> result;
    bind_operation(op, matrix, purpose, places_, program_.num_qubits(), kernels_.lanes, arena_, result);
    return result;
}

template <typename T>
void RowRunner<T>::prepare_backward(std::size_t bras) {
    while (bras_.size() < bras) {
        T* re = planes_.take(size_);
        bras_.push_back({re, planes_.take(size_)});
    }
    if (!operations_.empty()) return;
    const std::vector<double> generic = generic_params(program_.num_params());
    for (const Operation& op : program_.operations()) {
        bind_matrix(op, program_.angle(op, generic.data()), matrix_);
        adjoint(matrix_, op.dim());
        operations_.push_back(bound(op, matrix_.data(), Purpose::apply));
        generators_.emplace_back();
        if (op.parametric()) generators_.back() = bound(op, op.generator.data(), Purpose::slope);
    }
}

template <typename T>
void RowRunner<T>::forward(const double* params, const Workers* poll) {
    std::fill(ket_re_, ket_re_ + size_, T(0));
    std::fill(ket_im_, ket_im_ + size_, T(0));
    ket_re_[0] = 1;
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        const Step& step = compiled_.steps[i];
        const bool varies = step.constant.empty();
        if (varies) step_matrix_.bind(program_, step, params);
        for (const Bound<T>& op : steps_[i]) {
            if (varies) refill(op, step_matrix_.data(), kernels_.lanes);
            kernels_.run(op, ket_re_, ket_im_);
        }
        if (poll && size_ >= 1 << 12) poll->checkpoint();
    }
}

template <typename T>
void RowRunner<T>::store(std::complex<T>* out) const {
    kernels_.join(ket_re_, ket_im_, reinterpret_cast<T*>(out), size_);
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
        meter().add(group, ket_re_, ket_im_, ket_re_, ket_im_, 0, 1.0, values);
    }
}

template <typename T>
void RowRunner<T>::reduce(const Subsets& subsets, Complex* out) const {
    reduce_planes(subsets, ket_re_, ket_im_, size_, out);
}

template <typename T>
void RowRunner<T>::observe(const PauliGroups& groups, const double* weights, const Planes& bra) {
    std::fill(bra.re, bra.re + size_, T(0));
    std::fill(bra.im, bra.im + size_, T(0));
    for (const PauliGroup& group : groups.groups) {
        meter().observe(group, weights, ket_re_, ket_im_, 0, bra.re, bra.im);
    }
}

template <typename T>
void RowRunner<T>::backward(const PauliGroups& groups, const double* params, const double* weights, double* gradient) {
    prepare_backward(1);
    observe(groups, weights, bras_[0]);
    sweep_back(params, 1, gradient);
}

template <typename T>
void RowRunner<T>::jacobian(const PauliGroups& groups, const double* params, double* gradients, const Workers* poll) {
    const std::size_t count = groups.count, room = kSweepBytes / (2 * sizeof(T) * size_);
    const std::size_t together = std::min({count, kMostBras, room > 3 ? room - 2 : std::size_t(1)});
    prepare_backward(together);
    const bool again = together < count;
    if (again && !final_.re) final_ = {planes_.take(size_), planes_.take(size_)};
    if (again) {
        std::copy(ket_re_, ket_re_ + size_, final_.re);
        std::copy(ket_im_, ket_im_ + size_, final_.im);
    }
    std::vector<double> weights(count, 0.0);
    for (std::size_t first = 0; first < count; first += together) {
        if (first) {
            std::copy(final_.re, final_.re + size_, ket_re_);
            std::copy(final_.im, final_.im + size_, ket_im_);
        }
        const std::size_t here = std::min(together, count - first);
        for (std::size_t b = 0; b < here; ++b) {
            weights[first + b] = 1;
            observe(groups, weights.data(), bras_[b]);
            weights[first + b] = 0;
        }
        sweep_back(params, here, gradients + first * program_.num_params());
        if (poll) poll->checkpoint();
    }
}

template <typename T>
void RowRunner<T>::sweep_back(const double* params, std::size_t count, double* gradients) {
    const std::size_t width = program_.num_params();
    std::fill(gradients, gradients + count * width, 0.0);
    // dE = 2 Re <bra| K |ket> with both states taken right after the operation; what lies before the
    // first parameter need not be undone.
    const auto& operations = program_.operations();
    std::size_t first = 0;
    while (first < operations.size() && !operations[first].parametric()) ++first;
    for (std::size_t m = operations.size(); m-- > first;) {
        const Operation& op = operations[m];
        if (op.parametric()) {
            for (std::size_t b = 0; b < count; ++b) {
                double slope = 0;
                for (const Bound<T>& generator : generators_[m]) {
                    slope += kernels_.slope(generator, bras_[b].re, bras_[b].im, ket_re_, ket_im_);
                }
                program_.scatter(op, slope, gradients + b * width);
            }
        }
        if (m == first) break;
        if (op.parametric()) {
            bind_matrix(op, program_.angle(op, params), matrix_);
            adjoint(matrix_, op.dim());
        }
        for (const Bound<T>& undo : operations_[m]) {
            if (op.parametric()) refill(undo, matrix_.data(), kernels_.lanes);
            kernels_.run(undo, ket_re_, ket_im_);
            for (std::size_t b = 0; b < count; ++b) kernels_.run(undo, bras_[b].re, bras_[b].im);
        }
    }
}

template class RowRunner<float>;
template class RowRunner<double>;

}  // namespace qsetu
