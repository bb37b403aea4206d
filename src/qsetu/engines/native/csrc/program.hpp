// A gate program: M(angle) = A + B cos(f angle) + C sin(f angle) for each operation, as flat arrays.
// Python's qsetu.circuits.program.GateProgram documents every field; this is its checked C++ copy.
#pragma once

#include <algorithm>
#include <complex>
#include <cstdint>
#include <deque>
#include <initializer_list>
#include <vector>

namespace qsetu {

using Complex = std::complex<double>;
using Index = std::uint64_t;

constexpr int kMaxTargets = 12;
constexpr int kMaxQubits = 40;

// A few qubits, kept in place: circuits have many operations, and each would pay for an allocation.
class Qubits {
public:
    Qubits() = default;
    explicit Qubits(const std::vector<int>& list) {
        for (int q : list) push_back(q);
    }
    void push_back(int q) { list_[size_++] = static_cast<std::int8_t>(q); }
    std::size_t size() const { return size_; }
    int operator[](std::size_t i) const { return list_[i]; }
    const std::int8_t* begin() const { return list_; }
    const std::int8_t* end() const { return list_ + size_; }
    Index mask() const {
        Index bits = 0;
        for (int q : *this) bits |= Index(1) << q;
        return bits;
    }
    bool operator==(const Qubits& other) const { return std::equal(begin(), end(), other.begin(), other.end()); }
    bool operator!=(const Qubits& other) const { return !(*this == other); }

private:
    std::int8_t list_[kMaxTargets] = {};
    std::uint8_t size_ = 0;
};

struct Operation {
    Qubits targets;            // first target = least significant bit of the matrix index
    Index control_mask;        // bit q set: qubit q must be 1
    bool diagonal;
    const Complex* form;       // A, then B and C when frequency != 0; each dim x dim, row-major
    double frequency;          // 0 for a fixed matrix
    double angle_constant;
    std::vector<Complex> generator;  // K with dM/d angle = K M, for an operation with a parameter
    int angle_begin, angle_end;  // rows of ProgramArrays::angle_slot and angle_coefficient

    int dim() const { return 1 << targets.size(); }
    Index qubits() const { return targets.mask() | control_mask; }
    bool fixed() const { return frequency == 0.0; }
    bool parametric() const { return angle_begin != angle_end; }
    // Exactly the matrix X, or SWAP, under any controls.
    bool is_x() const { return permutes({1, 0}); }
    bool is_swap() const { return permutes({0, 2, 1, 3}); }

private:
    // True for the permutation matrix with a 1 in column to[r] of every row r.
    bool permutes(std::initializer_list<int> to) const;
};

struct ProgramArrays {
    int num_qubits, num_params;
    std::vector<std::int32_t> target_start, targets;
    std::vector<std::uint64_t> control_mask;
    std::vector<std::uint8_t> diagonal;
    std::vector<std::int64_t> form_start;
    std::vector<double> frequency, angle_constant;
    std::vector<std::int32_t> angle_start, angle_slot;
    std::vector<double> angle_coefficient;
    std::vector<Complex> constants;
};

class Program {
public:
    // Throws std::invalid_argument for anything a kernel could not trust.
    explicit Program(ProgramArrays arrays);
    Program(const Program&) = delete;
    Program& operator=(const Program&) = delete;

    int num_qubits() const { return arrays_.num_qubits; }
    int num_params() const { return arrays_.num_params; }
    Index num_amplitudes() const { return Index(1) << arrays_.num_qubits; }
    // What is run: as given, but for rewrites that change nothing (see simplify.hpp).
    const std::vector<Operation>& operations() const { return operations_; }
    const ProgramArrays& arrays() const { return arrays_; }

    double angle(const Operation& op, const double* params) const {
        double result;
        angles(op, params, 0, 1, 1, &result);
        return result;
    }
    // factor * angle for several rows of parameters, `stride` apart.
    void angles(const Operation& op, const double* params, std::size_t stride, std::size_t rows, double factor,
                double* out) const;
    // Adds slope * d angle / d params to gradient.
    void scatter(const Operation& op, double slope, double* gradient) const;

private:
    ProgramArrays arrays_;
    std::vector<Operation> operations_;  // point into arrays_.constants or made_, hence no copies
    std::deque<std::vector<Complex>> made_;
};

// Row-major dim x dim matrix of an operation, or its derivative by the angle; followed by a 1 and a 0,
// which `refill` reads for entries outside the controls.
void bind_matrix(const Operation& op, double angle, std::vector<Complex>& out);
void adjoint(std::vector<Complex>& matrix, int dim);  // in place
void bind_derivative(const Operation& op, double angle, std::vector<Complex>& out);

// The real part of 1j**y_count * overlap.
inline double turned(const double overlap[2], int y_count) {
    const double parts[4] = {overlap[0], -overlap[1], -overlap[0], overlap[1]};
    return parts[y_count];
}

// K observables as flat arrays; see qsetu.circuits.pauli.PauliTable.
struct PauliTable {
    std::vector<double> coefficients;
    std::vector<std::uint64_t> x_masks, z_masks;
    std::vector<std::int32_t> y_counts, starts;

    void check(int num_qubits) const;
    int count() const { return static_cast<int>(starts.size()) - 1; }
};

}  // namespace qsetu
