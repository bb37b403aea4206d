#include "rows.hpp"

namespace qsetu {

template <typename T>
RowRunner<T>::RowRunner(const Compiled& compiled)
    : compiled_(compiled), program_(compiled.program), kernels_(kernels<T>()), size_(program_.num_amplitudes()) {
    ket_ = planes();
}

template <typename T>
Planes<T> RowRunner<T>::planes() {
    T* re = planes_.take(plane_gap<T>() + 2 * size_);
    return {re, re + size_ + plane_gap<T>()};
}

template <typename T>
std::unique_ptr<BlockProgram<T>> RowRunner<T>::bound(const std::vector<Step>& steps, Direction direction) {
    Places places;
    for (int q = 0; q < program_.num_qubits(); ++q) places.push_back(q);
    std::vector<int> all;
    for (std::size_t m = 0; m < steps.size(); ++m) all.push_back(static_cast<int>(m));
    auto result = std::make_unique<BlockProgram<T>>(program_, steps, all, places, program_.num_qubits(), direction);
    scratch_ = planes_.take(result->scratch_size());
    return result;
}

template <typename T>
void RowRunner<T>::run(BlockProgram<T>& program, const double* params, const Workers* poll) {
    program.fill(params);
    std::fill(ket_.re, ket_.re + size_, T(0));
    std::fill(ket_.im, ket_.im + size_, T(0));
    ket_.re[0] = 1;
    program.run(0, ket_, scratch_, poll);
    const T scale = static_cast<T>(program.scale());
    if (scale == 1) return;
    for (std::size_t i = 0; i < size_; ++i) ket_.re[i] *= scale, ket_.im[i] *= scale;
}

template <typename T>
void RowRunner<T>::forward(const double* params, const Workers* poll) {
    if (!forth_) forth_ = bound(compiled_.steps, Direction::forward);
    run(*forth_, params, poll);
}

template <typename T>
void RowRunner<T>::store(std::complex<T>* out) const {
    kernels_.join(ket_.re, ket_.im, T(1), reinterpret_cast<T*>(out), size_);
}

template <typename T>
void RowRunner<T>::expectations(const PauliTable& table, double* values) const {
    for (int k = 0; k < table.count(); ++k) {
        values[k] = 0;
        for (int t = table.starts[k]; t < table.starts[k + 1]; ++t) {
            double overlap[2];
            kernels_.overlap(ket_.re, ket_.im, size_, table.x_masks[t], table.z_masks[t], overlap);
            values[k] += table.coefficients[t] * turned(overlap, table.y_counts[t]);
        }
    }
}

// bra = sum_k weights[k] O_k |ket>.
template <typename T>
void RowRunner<T>::observe(const PauliTable& table, const double* weights) {
    std::fill(bra_.re, bra_.re + size_, T(0));
    std::fill(bra_.im, bra_.im + size_, T(0));
    const T turns[4][2] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
    for (int k = 0; k < table.count(); ++k) {
        for (int t = table.starts[k]; t < table.starts[k + 1]; ++t) {
            const T factor = static_cast<T>(weights[k] * table.coefficients[t]);
            if (factor == 0) continue;
            const T* turn = turns[table.y_counts[t]];
            kernels_.observe(ket_.re, ket_.im, size_, table.x_masks[t], table.z_masks[t], factor * turn[0],
                             factor * turn[1], bra_.re, bra_.im);
        }
    }
}

template <typename T>
void RowRunner<T>::vjp(const PauliTable& table, const double* params, const double* weights, double* values,
                       double* gradient, const Workers* poll) {
    if (!both_) {
        both_ = bound(compiled_.operations, Direction::both);
        bra_ = planes();
    }
    run(*both_, params, poll);
    expectations(table, values);
    observe(table, weights);
    both_->fill_back(params);
    slopes_.assign(compiled_.operations.size(), 0.0);
    both_->run_back(0, bra_, ket_, scratch_, slopes_.data(), true);
    std::fill(gradient, gradient + program_.num_params(), 0.0);
    for (std::size_t m = 0; m < slopes_.size(); ++m) program_.scatter(program_.operations()[m], slopes_[m], gradient);
}

template class RowRunner<float>;
template class RowRunner<double>;

}  // namespace qsetu
