#include "lanes.hpp"

#include <numeric>

#include "bits.hpp"

namespace qsetu {
namespace {

// Bras that share a sweep back.
constexpr std::size_t kMostBras = 4;

// One matrix for all lanes is all that the kernel for wide matrices can do.
bool same_in_all_lanes(const Operation& op) {
    return op.diagonal || op.targets.size() <= 2 || !op.parametric();
}

}  // namespace

template <typename T>
bool LaneRunner<T>::can_run(const Compiled& compiled, Index batch) {
    if (compiled.program.num_qubits() > kMaxLaneQubits || 2 * batch < lanes()) return false;
    const auto& operations = compiled.program.operations();
    return std::all_of(operations.begin(), operations.end(), same_in_all_lanes);
}

template <typename T>
LaneRunner<T>::LaneRunner(const Compiled& compiled)
    : compiled_(compiled), program_(compiled.program), lanes_(lanes()), vectors_(program_.num_amplitudes()),
      size_(vectors_ * lanes_), numbers_(program_, compiled.operations(), static_cast<int>(lanes_), kernels<T>()),
      beginning_(beginning(compiled.operations(), program_.num_qubits())),
      start_(beginning_, compiled.operations(), numbers_, kernels<T>()), meter_(vectors_) {
    ket_ = take_planes(planes_, size_);
}

template <typename T>
Places LaneRunner<T>::places() const {
    Places places(program_.num_qubits());
    std::iota(places.begin(), places.end(), log2_of(lanes_));
    return places;
}

template <typename T>
std::unique_ptr<BlockProgram<T>> LaneRunner<T>::bound(const std::vector<int>& chosen, Direction direction,
                                                      const Workers* poll) {
    return std::make_unique<BlockProgram<T>>(program_, compiled_.operations(), numbers_, chosen, places(),
                                             program_.num_qubits() + log2_of(lanes_), direction, poll);
}

template <typename T>
void LaneRunner<T>::fill_up(const double* from, std::size_t rows, std::size_t width, std::vector<double>& to) const {
    to.resize(lanes_ * width);
    for (std::size_t l = 0; l < lanes_; ++l) {
        const double* row = from + std::min(l, rows - 1) * width;
        std::copy(row, row + width, to.begin() + static_cast<std::ptrdiff_t>(l * width));
    }
}

template <typename T>
void LaneRunner<T>::forward(const double* params, std::size_t rows, const Workers* poll) {
    if (!forth_) forth_ = bound(beginning_.rest, Direction::forward, poll);
    const std::size_t width = program_.num_params();
    if (rows < lanes_) {
        fill_up(params, rows, width, params_);
        params = params_.data();
    }
    scratch_.reset();
    numbers_.set(params, width);
    start_.fill();
    forth_->fill();
    start_.write(places(), program_.num_qubits() + log2_of(lanes_), 0, ket_.re, ket_.im);
    forth_->run(0, ket_, scratch_.take(forth_->scratch_size()), poll);
    frame_ = &forth_->frame();
    const double* scale = forth_->scale();
    if (std::all_of(scale, scale + lanes_, [](double x) { return x == 1; })) return;
    for (std::size_t i = 0; i < size_; ++i) {
        const T factor = static_cast<T>(scale[i % lanes_]);
        ket_.re[i] *= factor, ket_.im[i] *= factor;
    }
}

// |i> -> 1j**turn (-1)^|i & z| |i ^ x> with i the basis state of index p: i & z and i ^ x as masks of p.
template <typename T>
PauliGroups LaneRunner<T>::framed(const PauliGroups& groups) const {
    const Frame& frame = *frame_;
    PauliGroups result = groups;
    if (frame.trivial()) return result;
    const auto joined = [&](Index mask, const std::vector<Index>& of) {
        Index sum = 0;
        for (std::size_t q = 0; q < of.size(); ++q) sum ^= mask >> q & 1 ? of[q] : 0;
        return sum;
    };
    for (PauliGroup& group : result.groups) {
        group.x = joined(group.x, frame.flip);
        for (PauliTerm& term : group.terms) {
            if (popcount(term.z & frame.ones) & 1) term.coefficient = -term.coefficient;
            term.z = joined(term.z, frame.row);
        }
    }
    return result;
}

template <typename T>
void LaneRunner<T>::store(std::size_t rows, std::complex<T>* out) {
    const std::vector<std::uint32_t> state = frame_->states();
    for (std::size_t p = 0; p < vectors_; ++p) {
        for (std::size_t l = 0; l < rows; ++l) {
            out[l * vectors_ + state[p]] = {ket_.re[p * lanes_ + l], ket_.im[p * lanes_ + l]};
        }
    }
}

template <typename T>
void LaneRunner<T>::expectations(const PauliGroups& groups, std::size_t rows, double* values) {
    values_.resize(lanes_ * groups.count);
    meter_.measure(framed(groups), ket_.re, ket_.im, values_.data());
    std::copy(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(rows * groups.count), values);
}

template <typename T>
void LaneRunner<T>::reduce(const Subsets& subsets, std::size_t rows, Complex* out) {
    scratch_.reset();
    // A state smaller than a vector is part of a wider one, whose other qubits are 0.
    const std::size_t size = std::max(vectors_, lanes_);
    T *re = scratch_.take(size), *im = scratch_.take(size);
    std::fill(re, re + size, T(0));
    std::fill(im, im + size, T(0));
    const std::vector<std::uint32_t> state = frame_->states();
    for (std::size_t l = 0; l < rows; ++l) {
        for (std::size_t p = 0; p < vectors_; ++p) {
            re[state[p]] = ket_.re[p * lanes_ + l];
            im[state[p]] = ket_.im[p * lanes_ + l];
        }
        reduce_planes(subsets, re, im, size, out + l * subsets.count() * subsets.entries());
    }
}

template <typename T>
void LaneRunner<T>::begin(const double* params, std::size_t rows, std::size_t bras, const Workers* poll) {
    forward(params, rows, poll);
    if (!back_) {
        std::vector<int> all(compiled_.operations().size());
        std::iota(all.begin(), all.end(), 0);
        back_ = bound(all, Direction::both, poll);
    }
    while (bras_.size() < bras) bras_.push_back(take_planes(planes_, size_));
    back_->fill_back();
    move_to(back_->frame());
}

template <typename T>
void LaneRunner<T>::move_to(const Frame& frame) {
    if (frame.row == frame_->row && frame.ones == frame_->ones) return;
    scratch_.reset();
    T* copy = scratch_.take(size_);
    std::vector<Index> place(vectors_);
    const std::vector<std::uint32_t> wanted = frame.states();
    for (std::size_t p = 0; p < vectors_; ++p) place[wanted[p]] = p;
    const std::vector<std::uint32_t> state = frame_->states();
    for (T* plane : {ket_.re, ket_.im}) {
        std::copy(plane, plane + size_, copy);
        for (std::size_t p = 0; p < vectors_; ++p) {
            std::copy(copy + p * lanes_, copy + (p + 1) * lanes_, plane + place[state[p]] * lanes_);
        }
    }
    frame_ = &frame;
}

template <typename T>
void LaneRunner<T>::vjp(const PauliGroups& groups, const double* params, const double* weights, std::size_t rows,
                        double* values, double* gradients, const Workers* poll) {
    begin(params, rows, 1, poll);
    expectations(groups, rows, values);
    fill_up(weights, rows, groups.count, weights_);
    meter_.observe(framed(groups), weights_.data(), ket_.re, ket_.im, bras_[0].re, bras_[0].im);
    sweep_back(rows, 1, gradients, poll);
}

template <typename T>
void LaneRunner<T>::jacobian(const PauliGroups& groups, const double* params, std::size_t rows, double* values,
                             double* gradients, const Workers* poll) {
    const std::size_t count = static_cast<std::size_t>(groups.count), width = program_.num_params();
    const std::size_t together = std::min(count, kMostBras);
    std::vector<double> part(rows * together * width);
    for (std::size_t first = 0; first < count; first += together) {
        const std::size_t here = std::min(together, count - first);
        // A second run forward costs less than a copy of all states that the caches have to hold.
        begin(params, rows, here, poll);
        if (first == 0) expectations(groups, rows, values);
        for (std::size_t b = 0; b < here; ++b) {
            weights_.assign(lanes_ * count, 0.0);
            for (std::size_t l = 0; l < lanes_; ++l) weights_[l * count + first + b] = 1;
            meter_.observe(framed(groups), weights_.data(), ket_.re, ket_.im, bras_[b].re, bras_[b].im);
        }
        sweep_back(rows, here, part.data(), poll);
        for (std::size_t l = 0; l < rows; ++l) {
            std::copy_n(part.data() + l * here * width, here * width, gradients + (l * count + first) * width);
        }
    }
}

template <typename T>
void LaneRunner<T>::state_vjp(const std::complex<T>* weights, const double* params, std::size_t rows,
                              double* gradients, const Workers* poll) {
    begin(params, rows, 1, poll);
    // Re sum_i w_i d psi_i = 2 Re <bra| d psi> with bra = conj(w) / 2.
    const std::vector<std::uint32_t> state = frame_->states();
    for (std::size_t p = 0; p < vectors_; ++p) {
        for (std::size_t l = 0; l < lanes_; ++l) {
            const std::complex<T> w = weights[std::min(l, rows - 1) * vectors_ + state[p]];
            bras_[0].re[p * lanes_ + l] = w.real() / 2;
            bras_[0].im[p * lanes_ + l] = -w.imag() / 2;
        }
    }
    sweep_back(rows, 1, gradients, poll);
}

template <typename T>
void LaneRunner<T>::sweep_back(std::size_t rows, std::size_t bras, double* gradients, const Workers* poll) {
    const std::size_t width = program_.num_params(), steps = compiled_.operations().size();
    slopes_.assign(bras * steps * lanes_, 0.0);
    scratch_.reset();
    T* scratch = scratch_.take(back_->back_scratch_size(static_cast<int>(bras)));
    back_->run_back(0, bras_.data(), static_cast<int>(bras), ket_, scratch, slopes_.data(), true, poll);
    std::fill(gradients, gradients + rows * bras * width, 0.0);
    for (std::size_t b = 0; b < bras; ++b) {
        for (std::size_t m = 0; m < steps; ++m) {
            const Operation& op = program_.operations()[m];
            if (!op.parametric()) continue;
            for (std::size_t l = 0; l < rows; ++l) {
                program_.scatter(op, slopes_[(b * steps + m) * lanes_ + l], gradients + (l * bras + b) * width);
            }
        }
    }
}

template class LaneRunner<float>;
template class LaneRunner<double>;

}  // namespace qsetu
