#include "rows.hpp"

namespace qsetu {

template <typename T>
RowRunner<T>::RowRunner(const Compiled& compiled)
    : compiled_(compiled), program_(compiled.program), kernels_(kernels<T>()), size_(program_.num_amplitudes()) {
    for (int q = 0; q < program_.num_qubits(); ++q) places_.push_back(q);
    ket_re_ = planes_.take(size_);
    ket_im_ = planes_.take(size_);
    for (const Step& step : compiled_.steps) {
        steps_.push_back(bound(step.operation, step.generic.data(), Purpose::apply));
    }
}

template <typename T>
std::vector<Bound<T>> RowRunner<T>::bound(const Operation& op, const Complex* matrix, Purpose purpose) {
    std::vector<Bound<T>> result;
    bind_operation(op, matrix, purpose, places_, program_.num_qubits(), kernels_.lanes, arena_, result);
    return result;
}

template <typename T>
void RowRunner<T>::prepare_backward() {
    bra_re_ = planes_.take(size_);
    bra_im_ = planes_.take(size_);
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
    kernels_.join(ket_re_, ket_im_, T(1), reinterpret_cast<T*>(out), size_);
}

template <typename T>
void RowRunner<T>::expectations(const PauliTable& table, double* values) const {
    for (int k = 0; k < table.count(); ++k) {
        values[k] = 0;
        for (int t = table.starts[k]; t < table.starts[k + 1]; ++t) {
            double overlap[2];
            kernels_.overlap(ket_re_, ket_im_, size_, table.x_masks[t], table.z_masks[t], overlap);
            values[k] += table.coefficients[t] * turned(overlap, table.y_counts[t]);
        }
    }
}

template <typename T>
void RowRunner<T>::backward(const PauliTable& table, const double* params, const double* weights, double* gradient) {
    std::fill(gradient, gradient + program_.num_params(), 0.0);
    if (!bra_re_) prepare_backward();
    std::fill(bra_re_, bra_re_ + size_, T(0));
    std::fill(bra_im_, bra_im_ + size_, T(0));
    const T turns[4][2] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
    for (int k = 0; k < table.count(); ++k) {
        for (int t = table.starts[k]; t < table.starts[k + 1]; ++t) {
            const T factor = static_cast<T>(weights[k] * table.coefficients[t]);
            if (factor == 0) continue;
            const T* turn = turns[table.y_counts[t]];
            kernels_.observe(ket_re_, ket_im_, size_, table.x_masks[t], table.z_masks[t], factor * turn[0],
                             factor * turn[1], bra_re_, bra_im_);
        }
    }
    sweep_back(params, gradient);
}

template <typename T>
void RowRunner<T>::backward(const std::complex<T>* weights, const double* params, double* gradient) {
    std::fill(gradient, gradient + program_.num_params(), 0.0);
    if (!bra_re_) prepare_backward();
    // Re sum_i w_i d psi_i = 2 Re <bra| d psi> with bra = conj(w) / 2.
    for (std::size_t i = 0; i < size_; ++i) {
        bra_re_[i] = weights[i].real() / 2;
        bra_im_[i] = -weights[i].imag() / 2;
    }
    sweep_back(params, gradient);
}

template <typename T>
void RowRunner<T>::sweep_back(const double* params, double* gradient) {
    // dE = 2 Re <bra| K |ket> with both states taken right after the operation; what lies before the
    // first parameter need not be undone.
    const auto& operations = program_.operations();
    std::size_t first = 0;
    while (first < operations.size() && !operations[first].parametric()) ++first;
    for (std::size_t m = operations.size(); m-- > first;) {
        const Operation& op = operations[m];
        if (op.parametric()) {
            double slope = 0;
            for (const Bound<T>& generator : generators_[m]) {
                slope += kernels_.slope(generator, bra_re_, bra_im_, ket_re_, ket_im_);
            }
            program_.scatter(op, slope, gradient);
        }
        if (m == first) break;
        if (op.parametric()) {
            bind_matrix(op, program_.angle(op, params), matrix_);
            adjoint(matrix_, op.dim());
        }
        for (const Bound<T>& undo : operations_[m]) {
            if (op.parametric()) refill(undo, matrix_.data(), kernels_.lanes);
            kernels_.run(undo, ket_re_, ket_im_);
            kernels_.run(undo, bra_re_, bra_im_);
        }
    }
}

template class RowRunner<float>;
template class RowRunner<double>;

}  // namespace qsetu
