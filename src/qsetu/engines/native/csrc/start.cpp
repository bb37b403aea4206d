#include "start.hpp"

#include "bits.hpp"

namespace qsetu {
Beginning beginning(const std::vector<Step>& steps, int num_qubits) {
    Beginning result;
    result.of_qubit.resize(num_qubits);
    Index joined = 0;
    for (std::size_t m = 0; m < steps.size(); ++m) {
        const Operation& op = steps[m].operation;
        const Index mask = op.qubits();
        if (popcount(mask) != 1 || (mask & joined)) {
            joined |= mask;
            result.rest.push_back(static_cast<int>(m));
            continue;
        }
        for (int q = 0; q < num_qubits; ++q) {
            if (mask >> q & 1) result.of_qubit[q].push_back(static_cast<int>(m));
        }
        if (!op.diagonal) result.reached |= mask;
    }
    return result;
}

template <typename T>
Start<T>::Start(const Beginning& beginning, const std::vector<Step>& steps, Numbers<T>& numbers,
                const Kernels<T>& kernels)
    : beginning_(beginning), steps_(steps), numbers_(numbers), kernels_(kernels), samples_(numbers.samples()),
      amplitudes_(4 * beginning.of_qubit.size() * samples_) {}

template <typename T>
void Start<T>::multiply(int qubit, bool one, Complex factor) {
    if (factor == 1.0) return;
    double *re = of(qubit, 2 * one), *im = of(qubit, 2 * one + 1);
    for (std::size_t s = 0; s < samples_; ++s) {
        const double r = re[s], i = im[s];
        re[s] = factor.real() * r - factor.imag() * i;
        im[s] = factor.real() * i + factor.imag() * r;
    }
}

template <typename T>
void Start<T>::apply(int q, int index) {
    const Step& step = steps_[index];
    const Operation& op = step.operation;
    if (op.diagonal) {
        // Without a target it is a phase for the control's 1.
        const int rows = op.dim();
        const T* factors = numbers_.diagonal({index, Role::whole, 0, 0, 0, 1}, false);
        for (int row = 0; row < rows; ++row) {
            const T* f = factors + 2 * row * samples_;
            const int part = rows == 1 || row ? 2 : 0;
            double *re = of(q, part), *im = of(q, part + 1);
            for (std::size_t s = 0; s < samples_; ++s) {
                const double r = re[s], i = im[s];
                re[s] = f[s] * r - f[samples_ + s] * i;
                im[s] = f[s] * i + f[samples_ + s] * r;
            }
        }
        return;
    }
    if (step.turns) {
        const Turn& sides = numbers_.sides(index);
        const double *c = numbers_.cosine(index), *n = numbers_.sine(index);
        for (bool one : {false, true}) multiply(q, one, sides.right[one]);
        for (int part = 0; part < 2; ++part) {
            double *zero = of(q, part), *one = of(q, 2 + part);
            for (std::size_t s = 0; s < samples_; ++s) {
                const double a = zero[s], b = one[s];
                zero[s] = c[s] * a - n[s] * b;
                one[s] = c[s] * b + n[s] * a;
            }
        }
        for (bool one : {false, true}) multiply(q, one, sides.left[one]);
        return;
    }
    const Complex* m = numbers_.matrix(index, false);
    for (std::size_t s = 0; s < samples_; ++s) {
        const Complex a = amplitude(q, false, s), b = amplitude(q, true, s);
        const Complex made[2] = {m[s] * a + m[samples_ + s] * b, m[2 * samples_ + s] * a + m[3 * samples_ + s] * b};
        for (int one = 0; one < 2; ++one) {
            of(q, 2 * one)[s] = made[one].real();
            of(q, 2 * one + 1)[s] = made[one].imag();
        }
    }
}

template <typename T>
void Start<T>::fill() {
    for (std::size_t q = 0; q < beginning_.of_qubit.size(); ++q) {
        std::fill_n(of(static_cast<int>(q), 0), 4 * samples_, 0.0);
        std::fill_n(of(static_cast<int>(q), 0), samples_, 1.0);
        for (int index : beginning_.of_qubit[q]) apply(static_cast<int>(q), index);
    }
}

template <typename T>
void Start<T>::write(const Places& places, int width, Index position, T* re, T* im) const {
    const int lanes = kernels_.lanes, lane_bits = log2_of(lanes);
    std::vector<int> qubit_at(width, -1);
    Complex first[kMostLanes];
    std::fill_n(first, lanes, Complex(1));
    for (std::size_t q = 0; q < places.size(); ++q) {
        const int place = places[q];
        if (place >= lane_bits) {
            qubit_at[place] = static_cast<int>(q);
            continue;
        }
        for (int l = 0; l < lanes; ++l) {
            const bool one = place < 0 ? position >> q & 1 : l >> place & 1;
            first[l] *= amplitude(static_cast<int>(q), one, l & (samples_ - 1));
        }
    }
    for (int l = 0; l < lanes; ++l) {
        re[l] = static_cast<T>(first[l].real());
        im[l] = static_cast<T>(first[l].imag());
    }
    for (int place = lane_bits; place < width; ++place) {
        alignas(64) T factors[4][kMostLanes];
        const double* from = &amplitudes_[4 * qubit_at[place] * samples_];
        for (int part = 0; part < 4; ++part) {
            for (int l = 0; l < lanes; ++l) factors[part][l] = static_cast<T>(from[part * samples_ + (l & (samples_ - 1))]);
        }
        kernels_.double_up(re, im, std::size_t(1) << (place - lane_bits), factors);
    }
}

template class Start<float>;
template class Start<double>;

}  // namespace qsetu
