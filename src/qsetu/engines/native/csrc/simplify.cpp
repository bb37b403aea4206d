#include "simplify.hpp"

#include <algorithm>
#include <cmath>

#include "bits.hpp"

namespace qsetu {
namespace {

constexpr int kMostTargets = 4;   // of a diagonal made here: it stays a small matrix, and fits a table
constexpr int kMostCompared = 4;  // rows of matrices that are multiplied to see whether they cancel
constexpr double kRounding = 1e-12;

bool is_cx(const Operation& op) { return op.is_x() && popcount(op.control_mask) == 1; }

bool cancel(const Operation& first, const Operation& second) {
    if (!first.fixed() || !second.fixed()) return false;
    if (first.targets != second.targets || first.control_mask != second.control_mask) return false;
    const int dim = first.dim();
    if (dim > kMostCompared) return false;
    for (int r = 0; r < dim; ++r) {
        for (int c = 0; c < dim; ++c) {
            Complex sum = r == c ? -1.0 : 0.0;
            for (int k = 0; k < dim; ++k) sum += second.form[r * dim + k] * first.form[k * dim + c];
            if (std::abs(sum) > kRounding) return false;
        }
    }
    return true;
}

class Simplifier {
public:
    Simplifier(int num_qubits, std::deque<std::vector<Complex>>& forms) : on_(num_qubits), forms_(forms) {}

    void add(Operation op) {
        const Index qubits = op.qubits();
        const int before = last(qubits);
        if (before >= 0 && touched(before) == qubits && cancel(kept_[before], op)) return remove(before);
        if (is_cx(op) && joins(op)) return;
        place(static_cast<int>(kept_.size()), qubits);
        kept_.push_back(std::move(op));
        gone_.push_back(false);
    }

    std::vector<Operation> result() {
        std::vector<Operation> list;
        for (std::size_t m = 0; m < kept_.size(); ++m) {
            if (!gone_[m]) list.push_back(std::move(kept_[m]));
        }
        return list;
    }

private:
    std::vector<Operation> kept_;
    std::vector<bool> gone_;
    std::vector<std::vector<int>> on_;  // the operations on each qubit, in order
    std::deque<std::vector<Complex>>& forms_;

    Index touched(int m) const { return kept_[m].qubits(); }

    template <typename Body>
    void each_qubit(Index mask, const Body& body) const {
        for (int q = 0; mask >> q; ++q) {
            if (mask >> q & 1) body(q);
        }
    }

    // The operation that comes last on every one of these qubits, -1 if there is none.
    int last(Index qubits) const {
        int found = -2;
        each_qubit(qubits, [&](int q) {
            const int here = on_[q].empty() ? -1 : on_[q].back();
            found = found == -2 || found == here ? here : -1;
        });
        return std::max(found, -1);
    }

    void place(int m, Index qubits) {
        each_qubit(qubits, [&](int q) { on_[q].push_back(m); });
    }

    // An operation that is the last on all its qubits.
    void remove(int m) {
        each_qubit(touched(m), [&](int q) { on_[q].pop_back(); });
        gone_[m] = true;
    }

    // The second CX around a diagonal: makes one of the three.
    bool joins(const Operation& cx) {
        const int target = cx.targets[0], control = log2_of(cx.control_mask);
        if (on_[target].size() < 2 || on_[control].empty()) return false;
        const int m = on_[target].back(), first = on_[target][on_[target].size() - 2];
        const Operation& middle = kept_[m];
        const Index inside = middle.targets.mask();
        const bool fits = middle.diagonal && !middle.control_mask && popcount(inside) < kMostTargets &&
                          last(inside) == m && !(inside & cx.control_mask);
        if (!fits || on_[control].back() != first || !is_cx(kept_[first]) || kept_[first].targets != cx.targets ||
            kept_[first].control_mask != cx.control_mask) {
            return false;
        }
        Operation made = conjugated(middle, target, control);
        remove(m);
        remove(first);
        gone_[m] = false;
        kept_[m] = std::move(made);
        place(m, inside | cx.control_mask);
        return true;
    }

    // CX D CX: D's value where its target is flipped when the control is 1. The control becomes the last target.
    Operation conjugated(const Operation& middle, int target, int control) {
        Operation made = middle;
        const int old_dim = middle.dim(), dim = 2 * old_dim, parts = middle.fixed() ? 1 : 3;
        int bit = 0;
        while (middle.targets[bit] != target) ++bit;
        made.targets.push_back(control);
        std::vector<Complex> form(std::size_t(parts) * dim * dim, 0.0);
        const auto source = [&](int row) { return row < old_dim ? row : (row - old_dim) ^ 1 << bit; };
        for (int part = 0; part < parts; ++part) {
            for (int row = 0; row < dim; ++row) {
                form[(part * dim + row) * dim + row] = middle.form[(part * old_dim + source(row)) * old_dim + source(row)];
            }
        }
        if (middle.parametric()) {
            made.generator.assign(std::size_t(dim) * dim + 2, 0.0);
            made.generator[std::size_t(dim) * dim] = 1;
            for (int row = 0; row < dim; ++row) {
                made.generator[row * dim + row] = middle.generator[source(row) * old_dim + source(row)];
            }
        }
        forms_.push_back(std::move(form));
        made.form = forms_.back().data();
        return made;
    }
};

}  // namespace

std::vector<Operation> simplified(std::vector<Operation> operations, int num_qubits,
                                  std::deque<std::vector<Complex>>& forms) {
    Simplifier simplifier(num_qubits, forms);
    for (Operation& op : operations) simplifier.add(std::move(op));
    return simplifier.result();
}

}  // namespace qsetu
