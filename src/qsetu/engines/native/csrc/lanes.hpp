// As many parameter rows at a time as a vector has lanes, a state in each lane: for batches of small states. No gate
// mixes lanes, so every qubit costs the same, and numbers are made for all lanes at once.
#pragma once

#include "block_program.hpp"
#include "lane_meter.hpp"
#include "reduced.hpp"
#include "start.hpp"

namespace qsetu {

// Beyond this width, lanes in caches further out are slower than a state at a time in the second-level cache.
constexpr int kMaxLaneQubits = 14;

template <typename T>
class LaneRunner {
public:
    explicit LaneRunner(const Compiled& compiled);

    // A few rows would waste the other lanes.
    static bool can_run(const Compiled& compiled, Index batch);
    // Rows of one run; fewer are filled up with the last one, whose results are dropped.
    static std::size_t lanes() { return static_cast<std::size_t>(kernels<T>().lanes); }

    // Everything below is for `rows` <= lanes() rows; arrays are the caller's, row after row.
    // `poll` is asked now and then whether to stop.
    void forward(const double* params, std::size_t rows, const Workers* poll);
    void store(std::size_t rows, std::complex<T>* out);
    void expectations(const PauliGroups& groups, std::size_t rows, double* values);
    void reduce(const Subsets& subsets, std::size_t rows, Complex* out);
    void vjp(const PauliGroups& groups, const double* params, const double* weights, std::size_t rows, double* values,
             double* gradients, const Workers* poll);
    void jacobian(const PauliGroups& groups, const double* params, std::size_t rows, double* values, double* gradients,
                  const Workers* poll);
    void state_vjp(const std::complex<T>* weights, const double* params, std::size_t rows, double* gradients,
                   const Workers* poll);

private:
    const Compiled& compiled_;
    const Program& program_;
    const std::size_t lanes_, vectors_, size_;  // size_ = vectors_ * lanes_ numbers a plane
    Chunks<T> planes_, scratch_;
    Planes<T> ket_;
    std::vector<Planes<T>> bras_;
    Numbers<T> numbers_;
    Beginning beginning_;
    Start<T> start_;
    std::unique_ptr<BlockProgram<T>> forth_, back_;
    const Frame* frame_ = nullptr;  // what an index of the ket means
    LaneMeter<T> meter_;
    std::vector<double> params_, values_, weights_, slopes_;

    Places places() const;
    std::unique_ptr<BlockProgram<T>> bound(const std::vector<int>& chosen, Direction direction, const Workers* poll);
    // Moves the ket to where the frame of the way back has it.
    void move_to(const Frame& frame);
    void begin(const double* params, std::size_t rows, std::size_t bras, const Workers* poll);
    // Undoes the program on ket and bras; gradients: rows x bras x P.
    void sweep_back(std::size_t rows, std::size_t bras, double* gradients, const Workers* poll);
    // Observables in terms of vector indices.
    PauliGroups framed(const PauliGroups& groups) const;
    // From `rows` rows of `width` numbers to as many as there are lanes.
    void fill_up(const double* from, std::size_t rows, std::size_t width, std::vector<double>& to) const;
};

}  // namespace qsetu
