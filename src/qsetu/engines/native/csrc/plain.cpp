#include "plain.hpp"

namespace qsetu {
namespace {

// Fewer amplitudes than this are not worth waking a thread for.
constexpr Index kGrainAmplitudes = Index(1) << 15;

template <typename T>
std::complex<T> product(std::complex<T> a, std::complex<T> b) {
    // std::complex's own operator checks for NaN and infinity, which stops vectorization.
    return {a.real() * b.real() - a.imag() * b.imag(), a.real() * b.imag() + a.imag() * b.real()};
}

template <typename T>
std::vector<std::complex<T>> narrow(const std::vector<Complex>& matrix) {
    return std::vector<std::complex<T>>(matrix.begin(), matrix.end());
}

int parity(Index bits) {
#if defined(__GNUC__) || defined(__clang__)
    return __builtin_parityll(bits);
#else
    for (int shift = 32; shift; shift >>= 1) bits ^= bits >> shift;
    return static_cast<int>(bits & 1);
#endif
}

// Calls body(base) for the bases of groups [begin, end), run by run so that the inner loop is a
// plain count the compiler can vectorize.
template <typename Body>
void for_each_base(const Groups& groups, Index begin, Index end, const Body& body) {
    for (Index group = begin; group < end;) {
        const Index stop = std::min(end, (group / groups.run() + 1) * groups.run());
        const Index base = groups.base(group), length = stop - group;
        for (Index i = 0; i < length; ++i) body(base + i);
        group = stop;
    }
}

// sum over i of (-1)^|i & z| conj(state[i ^ x]) state[i]; real when x is 0.
template <typename T>
Complex string_overlap(const std::complex<T>* state, Index size, Index x, Index z) {
    double re = 0, im = 0;
    if (x == 0) {
        for (Index i = 0; i < size; ++i) {
            const double weight = double(state[i].real()) * state[i].real() + double(state[i].imag()) * state[i].imag();
            re += parity(i & z) ? -weight : weight;
        }
        return {re, 0};
    }
    for (Index i = 0; i < size; ++i) {
        const Complex bra(state[i ^ x]), ket(state[i]);
        const double sign = parity(i & z) ? -1.0 : 1.0;
        re += sign * (bra.real() * ket.real() + bra.imag() * ket.imag());
        im += sign * (bra.real() * ket.imag() - bra.imag() * ket.real());
    }
    return {re, im};
}

// One pass for a 2x2 derivative: all four overlaps of the bra's and the ket's two amplitudes.
template <typename T>
double slope_one(const Groups& groups, const Complex* d, const std::complex<T>* bra, const std::complex<T>* ket) {
    const Index upper = groups.offsets()[1];
    double re[4] = {0, 0, 0, 0}, im[4] = {0, 0, 0, 0};
    for_each_base(groups, 0, groups.count(), [&](Index base) {
        const Complex b[2] = {Complex(bra[base]), Complex(bra[base + upper])};
        const Complex k[2] = {Complex(ket[base]), Complex(ket[base + upper])};
        for (int r = 0; r < 2; ++r) {
            for (int c = 0; c < 2; ++c) {
                re[2 * r + c] += b[r].real() * k[c].real() + b[r].imag() * k[c].imag();
                im[2 * r + c] += b[r].real() * k[c].imag() - b[r].imag() * k[c].real();
            }
        }
    });
    double sum = 0;
    for (int e = 0; e < 4; ++e) sum += d[e].real() * re[e] - d[e].imag() * im[e];
    return 2 * sum;
}

template <typename T>
void apply_diagonal(const Groups& groups, int dim, const std::complex<T>* matrix, std::complex<T>* state,
                    Index begin, Index end) {
    for (int r = 0; r < dim; ++r) {
        const std::complex<T> factor = matrix[r * dim + r];
        if (factor == std::complex<T>(1)) continue;
        std::complex<T>* row = state + groups.offsets()[r];
        for_each_base(groups, begin, end, [&](Index base) { row[base] = product(factor, row[base]); });
    }
}

template <typename T>
void apply_one(const Groups& groups, const std::complex<T>* m, std::complex<T>* state, Index begin, Index end) {
    const std::complex<T> m00 = m[0], m01 = m[1], m10 = m[2], m11 = m[3];
    std::complex<T>* upper = state + groups.offsets()[1];
    for_each_base(groups, begin, end, [&](Index base) {
        const std::complex<T> a = state[base], b = upper[base];
        state[base] = product(m00, a) + product(m01, b);
        upper[base] = product(m10, a) + product(m11, b);
    });
}

template <typename T>
void apply_many(const Groups& groups, int dim, const std::complex<T>* m, std::complex<T>* state, Index begin,
                Index end) {
    std::vector<std::complex<T>> local(dim);
    const auto& offsets = groups.offsets();
    for_each_base(groups, begin, end, [&](Index base) {
        for (int c = 0; c < dim; ++c) local[c] = state[base + offsets[c]];
        for (int r = 0; r < dim; ++r) {
            std::complex<T> sum = 0;
            for (int c = 0; c < dim; ++c) sum += product(m[r * dim + c], local[c]);
            state[base + offsets[r]] = sum;
        }
    });
}

}  // namespace

Groups::Groups(const Operation& op, int num_qubits) : control_mask_(op.control_mask) {
    const Index inserted = op.qubits();
    int width = 0, lowest = num_qubits;
    for (int q = 0; q < num_qubits; ++q) {
        if (!(inserted >> q & 1)) continue;
        below_.push_back((Index(1) << q) - 1);
        lowest = std::min(lowest, q);
        ++width;
    }
    count_ = Index(1) << (num_qubits - width);
    run_ = Index(1) << lowest;
    offsets_.resize(op.dim());
    for (int r = 0; r < op.dim(); ++r) {
        offsets_[r] = 0;
        for (std::size_t bit = 0; bit < op.targets.size(); ++bit) {
            if (r >> bit & 1) offsets_[r] |= Index(1) << op.targets[bit];
        }
    }
}

template <typename T>
void apply(const Operation& op, const std::vector<Complex>& matrix, std::complex<T>* state, int num_qubits,
           const Workers& workers) {
    const Groups groups(op, num_qubits);
    const auto narrowed = narrow<T>(matrix);
    const std::complex<T>* m = narrowed.data();
    workers.split(groups.count(), kGrainAmplitudes / op.dim(), [&](Index begin, Index end) {
        if (op.diagonal) {
            apply_diagonal(groups, op.dim(), m, state, begin, end);
        } else if (op.dim() == 2) {
            apply_one(groups, m, state, begin, end);
        } else {
            apply_many(groups, op.dim(), m, state, begin, end);
        }
    });
}

template <typename T>
double slope(const Operation& op, const std::vector<Complex>& derivative, const std::complex<T>* bra,
             const std::complex<T>* ket, int num_qubits) {
    const Groups groups(op, num_qubits);
    if (op.dim() == 2 && !op.diagonal) return slope_one(groups, derivative.data(), bra, ket);
    const auto& offsets = groups.offsets();
    const int dim = op.dim();
    double sum = 0;
    for (int r = 0; r < dim; ++r) {
        for (int c = 0; c < dim; ++c) {
            const Complex entry = derivative[r * dim + c];
            if (entry == Complex(0)) continue;
            double re = 0, im = 0;  // sum over groups of conj(bra_r) ket_c
            for_each_base(groups, 0, groups.count(), [&](Index base) {
                const std::complex<T> b = bra[base + offsets[r]], k = ket[base + offsets[c]];
                re += double(b.real() * k.real() + b.imag() * k.imag());
                im += double(b.real() * k.imag() - b.imag() * k.real());
            });
            sum += entry.real() * re - entry.imag() * im;
        }
    }
    return 2 * sum;
}

template <typename T>
void add_product(const Operation& op, const std::vector<Complex>& derivative, double factor, const std::complex<T>* ket,
                 std::complex<T>* out, int num_qubits) {
    const Groups groups(op, num_qubits);
    const auto& offsets = groups.offsets();
    const int dim = op.dim();
    for (int r = 0; r < dim; ++r) {
        for (int c = 0; c < dim; ++c) {
            const Complex wide = factor * derivative[r * dim + c];
            if (wide == Complex(0)) continue;
            const std::complex<T> entry(wide);
            for_each_base(groups, 0, groups.count(), [&](Index base) {
                out[base + offsets[r]] += product(entry, ket[base + offsets[c]]);
            });
        }
    }
}

template <typename T>
double expectation(const PauliTable& table, int k, const std::complex<T>* state, int num_qubits) {
    const Index size = Index(1) << num_qubits;
    double total = 0;
    for (int t = table.starts[k]; t < table.starts[k + 1]; ++t) {
        const Complex overlap = string_overlap(state, size, table.x_masks[t], table.z_masks[t]);
        const double parts[2] = {overlap.real(), overlap.imag()};
        total += table.coefficients[t] * turned(parts, table.y_counts[t]);
    }
    return total;
}

template <typename T>
void observe(const PauliTable& table, const double* weights, const std::complex<T>* state, std::complex<T>* out,
             int num_qubits) {
    const Index size = Index(1) << num_qubits;
    std::fill(out, out + size, std::complex<T>(0));
    const std::complex<T> turns[4] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
    for (int k = 0; k < table.count(); ++k) {
        for (int t = table.starts[k]; t < table.starts[k + 1]; ++t) {
            const Index x = table.x_masks[t], z = table.z_masks[t];
            const std::complex<T> factor = T(weights[k] * table.coefficients[t]) * turns[table.y_counts[t]];
            for (Index i = 0; i < size; ++i) {
                const std::complex<T> term = product(factor, state[i]);
                out[i ^ x] += parity(i & z) ? -term : term;
            }
        }
    }
}

#define QSETU_INSTANTIATE(T)                                                                                  \
    template void apply<T>(const Operation&, const std::vector<Complex>&, std::complex<T>*, int, const Workers&); \
    template double slope<T>(const Operation&, const std::vector<Complex>&, const std::complex<T>*,           \
                             const std::complex<T>*, int);                                                    \
    template void add_product<T>(const Operation&, const std::vector<Complex>&, double, const std::complex<T>*, \
                                 std::complex<T>*, int);                                                      \
    template double expectation<T>(const PauliTable&, int, const std::complex<T>*, int);                      \
    template void observe<T>(const PauliTable&, const double*, const std::complex<T>*, std::complex<T>*, int);
QSETU_INSTANTIATE(float)
QSETU_INSTANTIATE(double)
#undef QSETU_INSTANTIATE

}  // namespace qsetu
