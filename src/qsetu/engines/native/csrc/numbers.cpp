#include "numbers.hpp"

namespace qsetu {

Numbers::Numbers(const Program& program, const std::vector<Step>& steps, const std::vector<int>& chosen, int samples,
                 Trig trig)
    : program_(program), steps_(steps), chosen_(chosen), samples_(samples), trig_(trig), angle_of_(steps.size(), -1),
      turns_(steps.size()), cosines_(steps.size() * samples), sines_(steps.size() * samples) {
    for (int index : chosen_) {
        const Step& step = steps_[index];
        if (!step.alone() || !step.constant.empty()) continue;
        angle_of_[index] = static_cast<int>(with_angle_.size());
        with_angle_.push_back(index);
    }
    for (auto* list : {&angles_, &angle_sines_, &angle_cosines_}) list->resize(with_angle_.size() * samples);
}

void Numbers::set(const double* params, std::size_t stride) {
    params_ = params;
    const std::size_t samples = static_cast<std::size_t>(samples_);
    for (std::size_t k = 0; k < with_angle_.size(); ++k) {
        const Operation& op = steps_[with_angle_[k]].operation;
        for (std::size_t s = 0; s < samples; ++s) {
            angles_[k * samples + s] = op.frequency * program_.angle(op, params + s * stride);
        }
    }
    trig_(angles_.data(), angle_sines_.data(), angle_cosines_.data(), angles_.size());
    for (int index : chosen_) {
        const Step& step = steps_[index];
        if (!step.turns || (once_ && !step.constant.empty())) continue;
        double *cosine = &cosines_[index * samples], *sine = &sines_[index * samples];
        if (angle_of_[index] >= 0) {
            // [[c, -s conj(u)], [s u, c]] with a constant u: see steady_sides() in plan.cpp.
            const std::size_t from = angle_of_[index] * samples;
            const double sign = step.sides == Sides::none ? step.operation.form[10].real() : 1;
            for (std::size_t s = 0; s < samples; ++s) {
                cosine[s] = angle_cosines_[from + s];
                sine[s] = sign * angle_sines_[from + s];
            }
            if (once_ || step.sides == Sides::none) continue;
            const Complex u = step.operation.form[10];
            turns_[index].left[1] = u, turns_[index].right[1] = std::conj(u);
        } else {
            product_.bind(program_, step, params);
            turns_[index] = turn_of(product_.data(), step.sides);
            std::fill_n(cosine, samples, turns_[index].cosine);
            std::fill_n(sine, samples, turns_[index].sine);
        }
    }
    once_ = true;
}

const Complex* Numbers::matrix(int index, bool inverse) {
    const Step& step = steps_[index];
    const std::size_t dim = step.operation.dim(), samples = static_cast<std::size_t>(samples_);
    matrix_.resize((dim * dim + 2) * samples);
    const bool own = angle_of_[index] >= 0;
    if (!own) product_.bind(program_, step, params_);
    for (std::size_t r = 0; r < dim; ++r) {
        for (std::size_t c = 0; c < dim; ++c) {
            Complex* to = &matrix_[(inverse ? c * dim + r : r * dim + c) * samples];
            for (std::size_t s = 0; s < samples; ++s) {
                const Complex x = own ? entry(step.operation, r * dim + c, angle_of_[index] * samples + s)
                                      : product_.data()[r * dim + c];
                to[s] = inverse ? std::conj(x) : x;
            }
        }
    }
    std::fill_n(&matrix_[dim * dim * samples], samples, Complex(1));
    std::fill_n(&matrix_[(dim * dim + 1) * samples], samples, Complex(0));
    return matrix_.data();
}

const Complex* Numbers::diagonal(const Piece& piece, bool inverse) {
    const Step& step = steps_[piece.step];
    const std::size_t dim = step.operation.dim(), samples = static_cast<std::size_t>(samples_);
    const bool whole = piece.role == Role::whole, own = angle_of_[piece.step] >= 0;
    const Complex* side = piece.role == Role::left ? turns_[piece.step].left : turns_[piece.step].right;
    if (whole && !own) product_.bind(program_, step, params_);
    diagonal_.resize(dim * samples);
    for (std::size_t r = 0; r < dim; ++r) {
        for (std::size_t s = 0; s < samples; ++s) {
            const Complex x = !whole ? side[r]
                              : own  ? entry(step.operation, r * dim + r, angle_of_[piece.step] * samples + s)
                                     : product_.data()[r * dim + r];
            diagonal_[r * samples + s] = inverse ? std::conj(x) : x;
        }
    }
    return diagonal_.data();
}

}  // namespace qsetu
