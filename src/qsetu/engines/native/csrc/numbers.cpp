#include "numbers.hpp"

namespace qsetu {

template <typename T>
Numbers<T>::Numbers(const Program& program, const std::vector<Step>& steps, int samples, const Kernels<T>& kernels)
    : program_(program), steps_(steps), samples_(samples), kernels_(kernels),
      angle_of_(steps.size(), -1), turns_(steps.size()), cosines_(steps.size()), sines_(steps.size()),
      own_(2 * steps.size() * samples) {
    int widest = 1;
    for (std::size_t index = 0; index < steps.size(); ++index) {
        const Step& step = steps_[index];
        varies_ = varies_ || step.varies;
        if (step.operation.diagonal) widest = std::max(widest, step.operation.dim());
        if (!step.alone() || !step.varies) continue;
        angle_of_[index] = static_cast<int>(with_angle_.size());
        with_angle_.push_back(static_cast<int>(index));
        factor_.push_back(step.operation.frequency);
    }
    for (auto* list : {&angles_, &angle_sines_, &angle_cosines_}) list->resize(with_angle_.size() * samples);
    diagonal_ = chunks_.take(std::size_t(2) * std::max(2, widest) * samples);
    for (std::size_t index = 0; index < steps_.size(); ++index) {
        const Step& step = steps_[index];
        if (!step.turns) continue;
        if (angle_of_[index] < 0) {
            cosines_[index] = &own_[2 * index * samples];
            sines_[index] = cosines_[index] + samples;
            continue;
        }
        cosines_[index] = &angle_cosines_[angle_of_[index] * samples];
        sines_[index] = &angle_sines_[angle_of_[index] * samples];
        // [[c, -s conj(u)], [s u, c]] with a constant u: see steady_sides() in plan.cpp.
        const Complex u = step.operation.form[10];
        if (step.sides == Sides::none) {
            factor_[angle_of_[index]] *= u.real();  // 1 or -1
        } else {
            turns_[index].left[1] = u, turns_[index].right[1] = std::conj(u);
        }
    }
}

template <typename T>
void Numbers<T>::set(const double* params, std::size_t stride) {
    if (once_ && !varies_) return;
    params_ = params;
    const std::size_t samples = static_cast<std::size_t>(samples_);
    for (std::size_t k = 0; k < with_angle_.size(); ++k) {
        program_.angles(steps_[with_angle_[k]].operation, params, stride, samples, factor_[k], &angles_[k * samples]);
    }
    kernels_.trig(angles_.data(), angle_sines_.data(), angle_cosines_.data(), angles_.size());
    for (std::size_t index = 0; index < steps_.size(); ++index) {
        const Step& step = steps_[index];
        if (!step.turns || angle_of_[index] >= 0 || (once_ && !step.varies)) continue;
        product_.bind(program_, step, params);
        turns_[index] = turn_of(product_.data(), step.sides);
        std::fill_n(&own_[2 * index * samples], samples, turns_[index].cosine);
        std::fill_n(&own_[(2 * index + 1) * samples], samples, turns_[index].sine);
    }
    once_ = true;
}

template <typename T>
const Complex* Numbers<T>::matrix(int index, bool inverse) {
    const Step& step = steps_[index];
    const std::size_t dim = step.operation.dim(), samples = static_cast<std::size_t>(samples_);
    matrix_.resize((dim * dim + 2) * samples);
    const bool own = angle_of_[index] >= 0;
    if (!own) product_.bind(program_, step, params_);
    const Complex* form = step.operation.form;
    for (std::size_t r = 0; r < dim; ++r) {
        for (std::size_t c = 0; c < dim; ++c) {
            const std::size_t e = r * dim + c;
            Complex* to = &matrix_[(inverse ? c * dim + r : e) * samples];
            for (std::size_t s = 0; s < samples; ++s) {
                const std::size_t at = own ? angle_of_[index] * samples + s : 0;
                const Complex x = own ? form[e] + angle_cosines_[at] * form[dim * dim + e] +
                                            angle_sines_[at] * form[2 * dim * dim + e]
                                      : product_.data()[e];
                to[s] = inverse ? std::conj(x) : x;
            }
        }
    }
    std::fill_n(&matrix_[dim * dim * samples], samples, Complex(1));
    std::fill_n(&matrix_[(dim * dim + 1) * samples], samples, Complex(0));
    return matrix_.data();
}

template <typename T>
const T* Numbers<T>::diagonal(const Piece& piece, bool inverse) {
    const Step& step = steps_[piece.step];
    const std::size_t dim = step.operation.dim(), samples = static_cast<std::size_t>(samples_);
    const bool whole = piece.role == Role::whole;
    const T sign = inverse ? T(-1) : T(1);
    T* to = diagonal_;
    if (whole && angle_of_[piece.step] >= 0) {
        const std::size_t at = angle_of_[piece.step] * samples;
        const Complex* form = step.operation.form;
        for (std::size_t r = 0; r < dim; ++r, to += 2 * samples) {
            const Complex a = form[r * dim + r], b = form[dim * dim + r * dim + r], c = form[2 * dim * dim + r * dim + r];
            const double parts[6] = {a.real(), b.real(), c.real(), sign * a.imag(), sign * b.imag(), sign * c.imag()};
            kernels_.blend(parts, &angle_cosines_[at], &angle_sines_[at], samples, to);
        }
        return diagonal_;
    }
    const Complex* side = piece.role == Role::left ? turns_[piece.step].left : turns_[piece.step].right;
    if (whole) product_.bind(program_, step, params_);
    for (std::size_t r = 0; r < dim; ++r, to += 2 * samples) {
        const Complex x = whole ? product_.data()[r * dim + r] : side[r];
        std::fill_n(to, samples, static_cast<T>(x.real()));
        std::fill_n(to + samples, samples, sign * static_cast<T>(x.imag()));
    }
    return diagonal_;
}

template class Numbers<float>;
template class Numbers<double>;

}  // namespace qsetu
