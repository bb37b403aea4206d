#include "program.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "simplify.hpp"

namespace qsetu {
namespace {

void require(bool holds, const char* rule) {
    if (!holds) throw std::invalid_argument(std::string("malformed gate program: ") + rule);
}

// start[0] = 0, never decreasing, start[count] = total.
void check_offsets(const std::vector<std::int32_t>& start, std::size_t count, std::size_t total, const char* rule) {
    require(start.size() == count + 1 && start.front() == 0, rule);
    for (std::size_t i = 0; i < count; ++i) require(start[i] <= start[i + 1], rule);
    require(static_cast<std::size_t>(start.back()) == total, rule);
}

}  // namespace

bool Operation::permutes(std::initializer_list<int> to) const {
    const int size = dim();
    if (!form || !fixed() || size != static_cast<int>(to.size())) return false;
    for (int e = 0; e < size * size; ++e) {
        if (form[e] != (to.begin()[e / size] == e % size ? 1.0 : 0.0)) return false;
    }
    return true;
}

Program::Program(ProgramArrays arrays) : arrays_(std::move(arrays)) {
    const auto& a = arrays_;
    const std::size_t count = a.frequency.size();
    require(a.num_qubits >= 0 && a.num_qubits <= kMaxQubits, "number of qubits out of range");
    require(a.num_params >= 0, "negative number of parameters");
    require(a.control_mask.size() == count && a.diagonal.size() == count && a.form_start.size() == count &&
                a.angle_constant.size() == count,
            "per-operation arrays differ in length");
    check_offsets(a.target_start, count, a.targets.size(), "target offsets");
    check_offsets(a.angle_start, count, a.angle_slot.size(), "angle offsets");
    require(a.angle_slot.size() == a.angle_coefficient.size(), "angle arrays differ in length");
    for (auto slot : a.angle_slot) require(slot >= 0 && slot < a.num_params, "parameter slot out of range");

    operations_.reserve(count);
    for (std::size_t m = 0; m < count; ++m) {
        Operation op;
        Index seen = a.control_mask[m];
        require(seen < num_amplitudes(), "control qubit out of range");
        require(a.target_start[m + 1] - a.target_start[m] <= kMaxTargets, "too many target qubits");
        for (int t = a.target_start[m]; t < a.target_start[m + 1]; ++t) {
            const int q = a.targets[t];
            require(q >= 0 && q < a.num_qubits, "target qubit out of range");
            require(!(seen >> q & 1), "qubit used twice in one operation");
            seen |= Index(1) << q;
            op.targets.push_back(q);
        }
        op.control_mask = a.control_mask[m];
        op.diagonal = a.diagonal[m] != 0;
        op.frequency = a.frequency[m];
        require(std::isfinite(op.frequency) && std::isfinite(a.angle_constant[m]), "angle not finite");
        op.angle_constant = a.angle_constant[m];
        op.angle_begin = a.angle_start[m];
        op.angle_end = a.angle_start[m + 1];
        require(!op.fixed() || !op.parametric(), "a fixed matrix has no parameter");
        const std::int64_t size = std::int64_t(op.dim()) * op.dim() * (op.fixed() ? 1 : 3);
        const std::int64_t total = static_cast<std::int64_t>(a.constants.size());
        require(a.form_start[m] >= 0 && a.form_start[m] <= total && size <= total - a.form_start[m],
                "matrix outside the constants");
        op.form = a.constants.data() + a.form_start[m];
        // M is a one-parameter group (M(0) = 1), so its derivative at 0 is K.
        if (op.parametric()) bind_derivative(op, 0.0, op.generator);
        operations_.push_back(std::move(op));
    }
    operations_ = simplified(std::move(operations_), a.num_qubits, made_);
}

void Program::angles(const Operation& op, const double* params, std::size_t stride, std::size_t rows, double factor,
                     double* out) const {
    for (std::size_t r = 0; r < rows; ++r) out[r] = op.angle_constant;
    for (int t = op.angle_begin; t < op.angle_end; ++t) {
        const double coefficient = arrays_.angle_coefficient[t], *from = params + arrays_.angle_slot[t];
        for (std::size_t r = 0; r < rows; ++r) out[r] += coefficient * from[r * stride];
    }
    for (std::size_t r = 0; r < rows; ++r) out[r] *= factor;
}

void Program::scatter(const Operation& op, double slope, double* gradient) const {
    for (int t = op.angle_begin; t < op.angle_end; ++t) {
        gradient[arrays_.angle_slot[t]] += arrays_.angle_coefficient[t] * slope;
    }
}

void bind_matrix(const Operation& op, double angle, std::vector<Complex>& out) {
    const int size = op.dim() * op.dim();
    out.resize(size + 2);
    out[size] = 1;
    out[size + 1] = 0;
    if (op.fixed()) {
        std::copy(op.form, op.form + size, out.begin());
        return;
    }
    const double c = std::cos(op.frequency * angle), s = std::sin(op.frequency * angle);
    for (int i = 0; i < size; ++i) out[i] = op.form[i] + c * op.form[size + i] + s * op.form[2 * size + i];
}

void bind_derivative(const Operation& op, double angle, std::vector<Complex>& out) {
    const int size = op.dim() * op.dim();
    const double c = op.frequency * std::cos(op.frequency * angle);
    const double s = op.frequency * std::sin(op.frequency * angle);
    out.resize(size + 2);
    out[size] = 1;
    out[size + 1] = 0;
    for (int i = 0; i < size; ++i) out[i] = c * op.form[2 * size + i] - s * op.form[size + i];
}

void adjoint(std::vector<Complex>& matrix, int dim) {
    for (int r = 0; r < dim; ++r) {
        matrix[r * dim + r] = std::conj(matrix[r * dim + r]);
        for (int c = 0; c < r; ++c) {
            const Complex below = matrix[r * dim + c];
            matrix[r * dim + c] = std::conj(matrix[c * dim + r]);
            matrix[c * dim + r] = std::conj(below);
        }
    }
}

void PauliTable::check(int num_qubits) const {
    const std::size_t terms = coefficients.size();
    require(x_masks.size() == terms && z_masks.size() == terms && y_counts.size() == terms,
            "observable arrays differ in length");
    require(!starts.empty(), "observable offsets");
    check_offsets(starts, starts.size() - 1, terms, "observable offsets");
    for (std::size_t t = 0; t < terms; ++t) {
        require((x_masks[t] | z_masks[t]) >> num_qubits == 0, "observable acts on a qubit out of range");
        require(y_counts[t] >= 0 && y_counts[t] < 4, "observable phase out of range");
    }
}

}  // namespace qsetu
