#include "plan.hpp"

#include <algorithm>

namespace qsetu {
namespace {

// Multiplications (fused with an addition) for each amplitude, whatever the parameters. Sweeps are shared (see
// order.hpp): a one-qubit gate is a third of a sweep of rotations and two entries in tables of phases.
constexpr double kPair = 2.5, kRealPair = 2, kPhase = 0.5, kExchange = 1, kQuad = 16;
// A controlled matrix shares no sweep.
constexpr double kControlledPair = 8, kControlledRealPair = 4, kAlone = 2;

// True when every entry of A, B and C in which `pick(row, column)` holds passes `test`.
template <typename Pick, typename Test>
bool entries(const Operation& op, const Pick& pick, const Test& test) {
    const int dim = op.dim(), parts = op.fixed() ? 1 : 3;
    for (int e = 0; e < parts * dim * dim; ++e) {
        const int row = e / dim % dim, column = e % dim;
        if (pick(row, column) && !test(op.form[e])) return false;
    }
    return true;
}

bool is_real(Complex x) { return x.imag() == 0; }
bool is_imaginary(Complex x) { return x.real() == 0; }

bool sparse_pair(const Operation& op) {
    auto all = [](int, int) { return true; };
    auto on = [](int r, int c) { return r == c; };
    auto off = [](int r, int c) { return r != c; };
    return entries(op, all, is_real) || (entries(op, on, is_real) && entries(op, off, is_imaginary));
}

double cost(const Operation& op) {
    double share = 1;
    for (Index bits = op.control_mask; bits; bits &= bits - 1) share /= 2;
    if (op.diagonal) return share * kPhase;
    if (op.dim() != 2) return share * kQuad;
    if (op.is_x()) return share * kExchange;
    if (op.control_mask) return share * (sparse_pair(op) ? kControlledRealPair : kControlledPair) + kAlone;
    return sparse_pair(op) ? kRealPair : kPair;
}

std::vector<int> qubit_list(Index mask) {
    std::vector<int> list;
    for (int q = 0; mask >> q; ++q) {
        if (mask >> q & 1) list.push_back(q);
    }
    return list;
}

// A run of operations that no other operation on its qubits interrupts.
struct Run {
    Index qubits;
    std::vector<int> members;
};

// Runs in an order that computes the same: a run stands where its first operation on all its qubits
// stood, and takes along what was waiting on one of them.
std::vector<Run> collect(const Program& program, Fusion fusion) {
    const auto& operations = program.operations();
    const int n = program.num_qubits();
    const int widest = fusion == Fusion::one_qubit ? 1 : 2;
    std::vector<Run> runs;
    std::vector<std::vector<int>> waiting(n);  // one-qubit operations that belong to no run yet
    std::vector<int> open(n, -1);              // the run that may still grow on this qubit
    auto close = [&](int q) {
        open[q] = -1;
        if (waiting[q].empty()) return;
        runs.push_back({Index(1) << q, std::move(waiting[q])});
        waiting[q].clear();
    };
    for (int m = 0; m < static_cast<int>(operations.size()); ++m) {
        const Index mask = operations[m].qubits();
        const std::vector<int> qubits = qubit_list(mask);
        if (qubits.size() == 1) {
            const int q = qubits[0];
            if (open[q] >= 0) {
                runs[open[q]].members.push_back(m);
            } else {
                waiting[q].push_back(m);
            }
        } else if (static_cast<int>(qubits.size()) == 2 && widest == 2) {
            const int a = qubits[0], b = qubits[1];
            if (open[a] >= 0 && open[a] == open[b]) {
                runs[open[a]].members.push_back(m);
                continue;
            }
            Run run{mask, {}};
            for (int q : qubits) {
                run.members.insert(run.members.end(), waiting[q].begin(), waiting[q].end());
                waiting[q].clear();
                // The other qubit of the run that was open here may go on alone, as a new wait.
                if (open[q] >= 0) {
                    for (int other : qubit_list(runs[open[q]].qubits)) {
                        if (other != q && open[other] == open[q]) open[other] = -1;
                    }
                }
            }
            run.members.push_back(m);
            runs.push_back(std::move(run));
            open[a] = open[b] = static_cast<int>(runs.size()) - 1;
        } else {
            for (int q : qubits) {
                const int run = open[q];
                if (run >= 0) {
                    for (int other : qubit_list(runs[run].qubits)) open[other] = -1;
                }
                close(q);
            }
            runs.push_back({mask, {m}});
        }
    }
    for (int q = 0; q < n; ++q) close(q);
    return runs;
}

Step alone(const Program& program, int member) {
    Step step;
    step.operation = program.operations()[member];
    step.members = {member};
    return step;
}

Step together(const Program& program, Index qubits, std::vector<int> members) {
    Step step;
    step.operation.targets = Qubits(qubit_list(qubits));
    step.operation.control_mask = 0;
    step.operation.form = nullptr;
    step.operation.frequency = 1;  // not fixed: no kernel may assume a special matrix
    step.operation.angle_constant = 0;
    step.operation.angle_begin = step.operation.angle_end = 0;
    step.operation.diagonal = std::all_of(members.begin(), members.end(),
                                          [&](int m) { return program.operations()[m].diagonal; });
    step.members = std::move(members);
    return step;
}

// One rotation among diagonals is what a joined matrix would be taken apart into again (see turn.hpp).
bool worth_joining(const Program& program, const std::vector<int>& members) {
    int mixing = 0;
    bool varies = false;
    for (int m : members) {
        mixing += !program.operations()[m].diagonal;
        varies = varies || program.operations()[m].parametric();
    }
    return members.size() > 1 && (mixing > 1 || !varies);
}

// The run with neighbors on one qubit joined, in an order that computes the same.
std::vector<Step> joined(const Program& program, const Run& run) {
    std::vector<Step> steps;
    std::vector<std::pair<Index, std::vector<int>>> waiting;
    auto flush = [&](Index mask) {
        for (auto& entry : waiting) {
            if (!(entry.first & mask) || entry.second.empty()) continue;
            if (worth_joining(program, entry.second)) {
                steps.push_back(together(program, entry.first, std::move(entry.second)));
            } else {
                for (int m : entry.second) steps.push_back(alone(program, m));
            }
            entry.second.clear();
        }
    };
    for (int q : qubit_list(run.qubits)) waiting.push_back({Index(1) << q, {}});
    for (int m : run.members) {
        const Index mask = program.operations()[m].qubits();
        if ((mask & (mask - 1)) == 0 && mask) {
            for (auto& entry : waiting) {
                if (entry.first == mask) entry.second.push_back(m);
            }
        } else {
            flush(mask);
            steps.push_back(alone(program, m));
        }
    }
    flush(run.qubits);
    return steps;
}

double cost(const Program& program, const Step& step) {
    if (step.alone()) return cost(program.operations()[step.members[0]]);
    return step.operation.diagonal ? kPhase : kPair;
}

}  // namespace

std::vector<Step> plan(const Program& program, Fusion fusion) {
    std::vector<Step> steps;
    if (fusion == Fusion::none) {
        for (int m = 0; m < static_cast<int>(program.operations().size()); ++m) steps.push_back(alone(program, m));
        return steps;
    }
    for (Run& run : collect(program, fusion)) {
        std::vector<Step> separate = joined(program, run);
        double total = 0;
        for (const Step& step : separate) total += cost(program, step);
        const bool pair = qubit_list(run.qubits).size() == 2;
        const bool phases = std::all_of(run.members.begin(), run.members.end(),
                                        [&](int m) { return program.operations()[m].diagonal; });
        if (pair && separate.size() > 1 && (phases || total > kQuad)) {
            steps.push_back(together(program, run.qubits, std::move(run.members)));
        } else {
            for (Step& step : separate) steps.push_back(std::move(step));
        }
    }
    return steps;
}

namespace {

// Numbers with nothing special about them: what is 0 or 1 in a matrix at these is so at all others.
std::vector<double> generic_params(int count) {
    std::vector<double> params(count);
    for (int i = 0; i < count; ++i) params[i] = 0.7391 + 0.6180339887 * i;
    return params;
}

// M = cos I + sin [[0, -conj(u)], [u, 0]]: a rotation between diagonals (1, u) and (1, conj(u)) that do not depend
// on the angle.
bool steady_sides(const Operation& op) {
    const Complex* m = op.form;
    const bool no_offset = m[0] == 0.0 && m[1] == 0.0 && m[2] == 0.0 && m[3] == 0.0;
    const bool even = m[4] == 1.0 && m[5] == 0.0 && m[6] == 0.0 && m[7] == 1.0;
    return no_offset && even && m[8] == 0.0 && m[11] == 0.0 && m[9] == -std::conj(m[10]);
}

// A rotation between diagonals, which only a joined matrix may have depend on parameters.
bool turns(const Operation& op) {
    if (op.dim() != 2 || op.control_mask || op.diagonal || op.is_x()) return false;
    return !op.parametric() || steady_sides(op);
}

// What follows from the steps' matrices.
void complete(std::vector<Step>& steps, const Program& program) {
    const std::vector<double> generic = generic_params(program.num_params());
    StepMatrix matrix;
    for (Step& step : steps) {
        const Operation& op = step.operation;
        matrix.bind(program, step, generic.data());
        step.generic.assign(matrix.data(), matrix.data() + op.dim() * op.dim() + 2);
        step.varies = std::any_of(step.members.begin(), step.members.end(),
                                  [&](int m) { return program.operations()[m].parametric(); });
        step.turns = turns(op);
        if (step.turns) step.sides = sides_of(step.generic.data());
    }
}

}  // namespace

Compiled::Compiled(ProgramArrays arrays) : program(std::move(arrays)) {
    // Below 12 qubits a state is so small that multiplying 4x4 matrices costs more than it saves.
    steps = plan(program, program.num_qubits() < 12 ? Fusion::one_qubit : Fusion::two_qubit);
    complete(steps, program);
}

const std::vector<Step>& Compiled::operations() const {
    std::call_once(once_, [&] {
        operations_ = plan(program, Fusion::none);
        complete(operations_, program);
    });
    return operations_;
}

void StepMatrix::bind_pair(const Program& program, const Step& step, const double* params) {
    double re[4] = {1, 0, 0, 1}, im[4] = {0, 0, 0, 0};
    for (int m : step.members) {
        const Operation& op = program.operations()[m];
        bind_matrix(op, program.angle(op, params), factor_);
        // A controlled phase with no target is diag(1, phase) on its control.
        const Complex phase[4] = {1, 0, 0, factor_[0]};
        const Complex* f = op.dim() == 1 ? phase : factor_.data();
        for (int c = 0; c < 2; ++c) {
            const double ar = re[c], ai = im[c], br = re[2 + c], bi = im[2 + c];
            for (int r = 0; r < 2; ++r) {
                const Complex p = f[2 * r], q = f[2 * r + 1];
                re[2 * r + c] = p.real() * ar - p.imag() * ai + q.real() * br - q.imag() * bi;
                im[2 * r + c] = p.real() * ai + p.imag() * ar + q.real() * bi + q.imag() * br;
            }
        }
    }
    product_.resize(6);
    for (int e = 0; e < 4; ++e) product_[e] = {re[e], im[e]};
    product_[4] = 1, product_[5] = 0;
    data_ = product_.data();
}

void StepMatrix::bind(const Program& program, const Step& step, const double* params) {
    const auto& operations = program.operations();
    data_ = step.generic.data();
    if (!step.varies) return;
    if (step.alone()) {
        const Operation& op = operations[step.members[0]];
        bind_matrix(op, program.angle(op, params), product_);
        data_ = product_.data();
        return;
    }
    const int dim = step.operation.dim();
    if (dim == 2) return bind_pair(program, step, params);
    product_.assign(dim * dim + 2, 0);
    product_[dim * dim] = 1;
    for (int i = 0; i < dim; ++i) product_[i * dim + i] = 1;
    for (int m : step.members) {
        const Operation& op = operations[m];
        bind_matrix(op, program.angle(op, params), factor_);
        // Positions of the member's qubits among the step's targets.
        int control = 0, place[2] = {0, 0};
        for (std::size_t t = 0; t < step.operation.targets.size(); ++t) {
            const int q = step.operation.targets[t];
            if (op.control_mask >> q & 1) control |= 1 << t;
            for (std::size_t i = 0; i < op.targets.size(); ++i) {
                if (op.targets[i] == q) place[i] = 1 << t;
            }
        }
        const int small = op.dim();
        int offset[4];
        for (int r = 0; r < small; ++r) offset[r] = (r & 1 ? place[0] : 0) | (r & 2 ? place[1] : 0);
        const int mine = small == 1 ? 0 : offset[small - 1];
        // product <- (member on its qubits) product, column by column.
        for (int base = 0; base < dim; ++base) {
            if ((base & mine) || (base & control) != control) continue;
            for (int column = 0; column < dim; ++column) {
                Complex in[4];
                for (int r = 0; r < small; ++r) in[r] = product_[(base | offset[r]) * dim + column];
                for (int r = 0; r < small; ++r) {
                    double re = 0, im = 0;
                    for (int c = 0; c < small; ++c) {
                        const Complex f = factor_[r * small + c];
                        re += f.real() * in[c].real() - f.imag() * in[c].imag();
                        im += f.real() * in[c].imag() + f.imag() * in[c].real();
                    }
                    product_[(base | offset[r]) * dim + column] = {re, im};
                }
            }
        }
    }
    data_ = product_.data();
}

}  // namespace qsetu
