// The numbers that parameters put into the steps of a circuit: for one row of parameters, or for as many
// rows as a vector has lanes (`samples`). Arrays of numbers hold entry e of sample s at e * samples + s.
#pragma once

#include <vector>

#include "block.hpp"
#include "order.hpp"
#include "plan.hpp"

namespace qsetu {

template <typename T>
class Numbers {
public:
    // With several samples every step has to be one operation. Keeps the references.
    Numbers(const Program& program, const std::vector<Step>& steps, int samples, const Kernels<T>& kernels);
    Numbers(const Numbers&) = delete;
    Numbers& operator=(const Numbers&) = delete;

    int samples() const { return samples_; }
    // One row of parameters for each sample, `stride` apart.
    void set(const double* params, std::size_t stride);

    // Of a step that turns, one a sample. The sides are the same for all samples.
    const double* cosine(int step) const { return cosines_[step]; }
    const double* sine(int step) const { return sines_[step]; }
    const Turn& sides(int step) const { return turns_[step]; }
    // Of any other step: dim x dim entries, row-major, then 1 and 0. Valid until the next call.
    const Complex* matrix(int step, bool inverse);
    // What a diagonal piece multiplies each row of its targets with: for each row a real part for every sample, then
    // the imaginary parts. Valid until the next call.
    const T* diagonal(const Piece& piece, bool inverse);

private:
    const Program& program_;
    const std::vector<Step>& steps_;
    const int samples_;
    const Kernels<T>& kernels_;
    bool once_ = false, varies_ = false;
    std::vector<int> angle_of_;    // each step's place among the angles, -1 if it has none of its own
    std::vector<int> with_angle_;  // steps
    std::vector<double> factor_;   // of each angle
    std::vector<double> angles_, angle_sines_, angle_cosines_;
    std::vector<Turn> turns_;
    std::vector<const double*> cosines_, sines_;
    std::vector<double> own_;  // cosine and sine of the steps that have no angle
    std::vector<Complex> matrix_;
    Chunks<T> chunks_;
    T* diagonal_;
    StepMatrix product_;
    const double* params_ = nullptr;
};

}  // namespace qsetu
