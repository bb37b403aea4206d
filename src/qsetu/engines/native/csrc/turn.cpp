#include "turn.hpp"

#include <cmath>

namespace qsetu {
namespace {

constexpr double kNegligible = 1e-12;

// True when a and b have the same phase, up to a sign.
bool aligned(Complex a, Complex b) { return std::abs((std::conj(a) * b).imag()) < kNegligible; }

// x / |x|, given |x|; 1 for 0.
Complex direction(Complex x, double length) { return length > 0 ? x / length : Complex(1); }

double along(Complex unit, Complex x) { return unit.real() * x.real() + unit.imag() * x.imag(); }

}  // namespace

Sides sides_of(const Complex* m) {
    const bool real = std::abs(m[0].imag()) + std::abs(m[1].imag()) + std::abs(m[2].imag()) + std::abs(m[3].imag()) <
                      kNegligible;
    if (real && std::abs(m[0] - m[3]) < kNegligible && std::abs(m[1] + m[2]) < kNegligible) return Sides::none;
    if (aligned(m[0], m[1]) && aligned(m[2], m[3])) return Sides::left;
    if (aligned(m[0], m[2]) && aligned(m[1], m[3])) return Sides::right;
    return Sides::both;
}

// The signs of c and s are chosen so that a side that is 1 for some parameters is 1 for all; phases are
// read from the larger of |c| and |s|, where they are well defined.
Turn turn_of(const Complex* m, Sides sides) {
    Turn t;
    if (sides == Sides::none) {
        t.cosine = m[0].real();
        t.sine = m[2].real();
        return t;
    }
    const double c = std::abs(m[0]), s = std::abs(m[2]);
    switch (sides) {
        case Sides::left:  // rows l0 (c, -s) and l1 (s, c)
            if (c >= s) {
                t.left[0] = m[0] / c, t.left[1] = m[3] / std::abs(m[3]);
                t.cosine = c, t.sine = along(t.left[1], m[2]);
            } else {
                t.left[0] = -m[1] / std::abs(m[1]), t.left[1] = m[2] / s;
                t.sine = s, t.cosine = along(t.left[0], m[0]);
            }
            break;
        case Sides::right:  // columns r0 (c, s) and r1 (-s, c)
            if (c >= s) {
                t.right[0] = m[0] / c, t.right[1] = m[3] / std::abs(m[3]);
                t.cosine = c, t.sine = along(t.right[0], m[2]);
            } else {
                t.right[0] = m[2] / s, t.right[1] = -m[1] / std::abs(m[1]);
                t.sine = s, t.cosine = along(t.right[0], m[0]);
            }
            break;
        default:  // right[0] = 1 by choice
            t.cosine = c, t.sine = s;
            t.left[0] = direction(m[0], c), t.left[1] = direction(m[2], s);
            t.right[1] = c >= s ? m[3] / t.left[1] : -m[1] / t.left[0];
            t.right[1] /= std::abs(t.right[1]);
    }
    return t;
}

}  // namespace qsetu
