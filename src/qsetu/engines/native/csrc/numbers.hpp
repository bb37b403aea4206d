// The numbers that parameters put into the steps of a block program: for one row of parameters, or for as many
// rows as a vector has lanes (`samples`). Arrays hold entry e of sample s at e * samples + s.
#pragma once

#include <vector>

#include "block.hpp"
#include "order.hpp"
#include "plan.hpp"

namespace qsetu {

class Numbers {
public:
    using Trig = void (*)(const double* angles, double* sines, double* cosines, std::size_t count);

    // With several samples every step has to be one operation.
    Numbers(const Program& program, const std::vector<Step>& steps, const std::vector<int>& chosen, int samples,
            Trig trig);

    int samples() const { return samples_; }
    // One row of parameters for each sample, `stride` apart.
    void set(const double* params, std::size_t stride);

    // Of a step that turns. The sides are the same for all samples.
    const double* cosine(int step) const { return &cosines_[std::size_t(step) * samples_]; }
    const double* sine(int step) const { return &sines_[std::size_t(step) * samples_]; }
    const Turn& sides(int step) const { return turns_[step]; }
    // Of any other step: dim x dim entries, row-major, then 1 and 0. Valid until the next call.
    const Complex* matrix(int step, bool inverse);
    // What a diagonal piece multiplies each row of its targets with. Valid until the next call.
    const Complex* diagonal(const Piece& piece, bool inverse);

private:
    const Program& program_;
    const std::vector<Step>& steps_;
    const std::vector<int>& chosen_;
    const int samples_;
    const Trig trig_;
    bool once_ = false;
    std::vector<int> angle_of_;   // each step's place among the angles, -1 if it has none of its own
    std::vector<int> with_angle_;  // steps
    std::vector<double> angles_, angle_sines_, angle_cosines_;
    std::vector<Turn> turns_;
    std::vector<double> cosines_, sines_;
    std::vector<Complex> matrix_, diagonal_;
    StepMatrix product_;
    const double* params_ = nullptr;

    // Entry e of sample s of a step with an angle of its own.
    Complex entry(const Operation& op, std::size_t e, std::size_t at) const {
        const std::size_t size = std::size_t(op.dim()) * op.dim();
        return op.form[e] + angle_cosines_[at] * op.form[size + e] + angle_sines_[at] * op.form[2 * size + e];
    }
};

}  // namespace qsetu
