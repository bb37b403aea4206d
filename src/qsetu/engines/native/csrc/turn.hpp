// A 2x2 unitary as diag(left) R diag(right) with R = [[c, -s], [s, c]] real: two multiplications an amplitude
// instead of eight, and the diagonals join whatever diagonals are near (the ZYZ form of a one-qubit gate).
#pragma once

#include "program.hpp"

namespace qsetu {

// Which of the two diagonals can be other than 1, whatever the parameters.
enum class Sides : std::uint8_t { none, left, right, both };

constexpr bool has_left(Sides s) { return s == Sides::left || s == Sides::both; }
constexpr bool has_right(Sides s) { return s == Sides::right || s == Sides::both; }

struct Turn {
    double cosine = 1, sine = 0;
    Complex left[2] = {1, 1}, right[2] = {1, 1};
};

// From a matrix with nothing special about its parameters; row-major.
Sides sides_of(const Complex* matrix);
Turn turn_of(const Complex* matrix, Sides sides);

}  // namespace qsetu
