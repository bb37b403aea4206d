// The Python face of the native engine: checks shapes, releases the GIL, answers Ctrl-C.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>

#include <chrono>

#ifdef QSETU_FFI
#include "ffi.hpp"
#endif
#include "given.hpp"
#include "lanes.hpp"
#include "passes.hpp"
#include "rows.hpp"
#include "runner.hpp"
#include "sampling.hpp"

namespace nb = nanobind;

namespace qsetu {
namespace {

template <typename T>
using Vector = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;
template <typename T>
using Matrix = nb::ndarray<const T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
template <typename T>
using Output = nb::ndarray<T, nb::ndim<2>, nb::c_contig, nb::device::cpu>;

template <typename T>
std::vector<T> copy(const Vector<T>& array) {
    return std::vector<T>(array.data(), array.data() + array.shape(0));
}

template <typename Array>
void expect_shape(const Array& array, Index rows, Index columns, const char* name) {
    if (array.shape(0) != rows || array.shape(1) != columns) {
        throw std::invalid_argument(std::string(name) + " has the wrong shape");
    }
}

// Asks Python for pending signals, at most every 50 ms: the lock is not free.
class SignalPoll {
public:
    bool operator()() {
        const auto now = std::chrono::steady_clock::now();
        if (now - last_ < std::chrono::milliseconds(50)) return false;
        last_ = now;
        nb::gil_scoped_acquire hold;
        return PyErr_CheckSignals() != 0;
    }

private:
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

// Runs body without the GIL; an interruption becomes the Python exception the signal raised.
template <typename Body>
void released(int threads, const Body& body) {
    try {
        nb::gil_scoped_release release;
        body(Workers(threads, SignalPoll()));
    } catch (const Interrupted&) {
        throw nb::python_error();
    }
}

template <typename T>
void states(const Compiled& compiled, const Matrix<double>& params, const Output<std::complex<T>>& out, int threads) {
    const Index batch = params.shape(0);
    expect_shape(params, batch, compiled.program.num_params(), "params");
    expect_shape(out, batch, compiled.program.num_amplitudes(), "out");
    released(threads, [&](const Workers& workers) {
        run_states<T>(compiled, params.data(), batch, out.data(), workers);
    });
}

template <typename T>
void expectations(const Compiled& compiled, const PauliTable& table, const Matrix<double>& params,
                  const Output<double>& values, int threads) {
    const Index batch = params.shape(0);
    table.check(compiled.program.num_qubits());
    expect_shape(params, batch, compiled.program.num_params(), "params");
    expect_shape(values, batch, table.count(), "values");
    released(threads, [&](const Workers& workers) {
        run_expectations<T>(compiled, table, params.data(), batch, values.data(), workers);
    });
}

template <typename T>
void vjp(const Compiled& compiled, const PauliTable& table, const Matrix<double>& params, const Matrix<double>& weights,
         const Output<double>& values, const Output<double>& gradients, int threads) {
    const Index batch = params.shape(0);
    table.check(compiled.program.num_qubits());
    expect_shape(params, batch, compiled.program.num_params(), "params");
    expect_shape(weights, batch, table.count(), "weights");
    expect_shape(values, batch, table.count(), "values");
    expect_shape(gradients, batch, compiled.program.num_params(), "gradients");
    released(threads, [&](const Workers& workers) {
        run_vjp<T>(compiled, table, params.data(), weights.data(), batch, values.data(), gradients.data(), workers);
    });
}

template <typename T>
void jacobian(const Compiled& compiled, const PauliTable& table, const Matrix<double>& params,
              const Output<double>& values, const Output<double>& gradients, int threads) {
    const Index batch = params.shape(0);
    table.check(compiled.program.num_qubits());
    expect_shape(params, batch, compiled.program.num_params(), "params");
    expect_shape(values, batch, table.count(), "values");
    expect_shape(gradients, batch, Index(table.count()) * compiled.program.num_params(), "gradients");
    released(threads, [&](const Workers& workers) {
        run_jacobian<T>(compiled, table, params.data(), batch, values.data(), gradients.data(), workers);
    });
}

template <typename T>
void reduced(const Compiled& compiled, const Matrix<std::int32_t>& qubits, const Matrix<double>& params,
             const Output<Complex>& out, int threads) {
    const Index batch = params.shape(0);
    const Subsets subsets{static_cast<int>(qubits.shape(1)),
                          std::vector<std::int32_t>(qubits.data(), qubits.data() + qubits.size())};
    subsets.check(compiled.program.num_qubits());
    expect_shape(params, batch, compiled.program.num_params(), "params");
    expect_shape(out, batch, subsets.count() * subsets.entries(), "out");
    released(threads, [&](const Workers& workers) {
        run_reduced<T>(compiled, subsets, params.data(), batch, out.data(), workers);
    });
}

template <typename T>
void choose_states(const Vector<std::complex<T>>& state, const Vector<double>& draws,
                   const nb::ndarray<std::int64_t, nb::ndim<1>, nb::c_contig, nb::device::cpu>& found, int threads) {
    const Index size = state.shape(0);
    if (size == 0 || (size & (size - 1)) || size > Index(1) << kMaxQubits) {
        throw std::invalid_argument("state has the wrong shape");
    }
    if (found.shape(0) != draws.shape(0)) throw std::invalid_argument("found has the wrong shape");
    released(threads, [&](const Workers& workers) {
        choose(state.data(), size, draws.data(), draws.shape(0), found.data(), workers);
    });
}

// log2 of the width of given states, checked.
template <typename T>
int width_of(const Output<std::complex<T>>& states) {
    for (int n = 0; n <= kMaxQubits; ++n) {
        if (states.shape(1) == Index(1) << n) return n;
    }
    throw std::invalid_argument("states has the wrong shape");
}

template <typename T>
void evolve(const Compiled& compiled, const Matrix<double>& params, const Output<std::complex<T>>& states,
            int threads) {
    const Index batch = params.shape(0);
    expect_shape(params, batch, compiled.program.num_params(), "params");
    expect_shape(states, batch, compiled.program.num_amplitudes(), "states");
    released(threads, [&](const Workers& workers) {
        run_evolve<T>(compiled, params.data(), batch, states.data(), workers);
    });
}

template <typename T>
void damp(const Vector<std::int32_t>& qubits, const Vector<double>& gammas, const Matrix<double>& draws,
          const Output<std::complex<T>>& states, int threads) {
    const int n = width_of(states);
    const Index batch = states.shape(0), places = qubits.shape(0);
    if (gammas.shape(0) != places) throw std::invalid_argument("gammas has the wrong shape");
    expect_shape(draws, batch, places, "draws");
    for (Index place = 0; place < places; ++place) {
        const bool known = qubits.data()[place] >= 0 && qubits.data()[place] < n;
        if (!known) throw std::invalid_argument("qubits names one that is not there");
        const double gamma = gammas.data()[place];
        if (!(gamma >= 0 && gamma <= 1)) throw std::invalid_argument("gammas must lie from 0 to 1");
    }
    released(threads, [&](const Workers& workers) {
        run_damp<T>(qubits.data(), gammas.data(), places, draws.data(), batch, n, states.data(), workers);
    });
}

template <typename T>
void measure_states(const PauliTable& table, const Output<std::complex<T>>& states, const Output<double>& values,
                    int threads) {
    const int n = width_of(states);
    table.check(n);
    expect_shape(values, states.shape(0), table.count(), "values");
    released(threads, [&](const Workers& workers) {
        run_measure<T>(table, states.data(), states.shape(0), n, values.data(), workers);
    });
}

}  // namespace

NB_MODULE(_native, m) {
    // Programs are cached for as long as the process lives, on purpose.
    nb::set_leak_warnings(false);
    nb::class_<Compiled>(m, "Program")
        .def("__init__",
             [](Compiled* self, int num_qubits, int num_params, const Vector<std::int32_t>& target_start,
                const Vector<std::int32_t>& targets, const Vector<std::uint64_t>& control_mask,
                const Vector<std::uint8_t>& diagonal, const Vector<std::int64_t>& form_start,
                const Vector<double>& frequency, const Vector<double>& angle_constant,
                const Vector<std::int32_t>& angle_start, const Vector<std::int32_t>& angle_slot,
                const Vector<double>& angle_coefficient, const Vector<Complex>& constants) {
                 new (self) Compiled(ProgramArrays{
                     num_qubits, num_params, copy(target_start), copy(targets), copy(control_mask), copy(diagonal),
                     copy(form_start), copy(frequency), copy(angle_constant), copy(angle_start), copy(angle_slot),
                     copy(angle_coefficient), copy(constants)});
             })
        .def("passes", [](const Compiled& c, int threads) { return count_passes<float>(c, Workers(threads, {})); })
        .def_prop_ro("num_qubits", [](const Compiled& c) { return c.program.num_qubits(); })
        .def_prop_ro("num_params", [](const Compiled& c) { return c.program.num_params(); });

    m.attr("MIN_BLOCKED_QUBITS") = kMinBlockedQubits;
    m.attr("MAX_QUBITS") = kMaxQubits;
    m.attr("MAX_ROW_QUBITS") = kMaxRowQubits;
    m.attr("MAX_LANE_QUBITS") = kMaxLaneQubits;
    m.attr("MOST_LANES") = kMostLanes;

    nb::class_<PauliTable>(m, "PauliTable")
        .def("__init__", [](PauliTable* self, const Vector<double>& coefficients, const Vector<std::uint64_t>& x_masks,
                            const Vector<std::uint64_t>& z_masks, const Vector<std::int32_t>& y_counts,
                            const Vector<std::int32_t>& starts) {
            new (self) PauliTable{copy(coefficients), copy(x_masks), copy(z_masks), copy(y_counts), copy(starts)};
        });

    m.def("states", &states<float>, nb::arg("program"), nb::arg("params"), nb::arg("out").noconvert(), nb::arg("threads"));
    m.def("states", &states<double>, nb::arg("program"), nb::arg("params"), nb::arg("out").noconvert(), nb::arg("threads"));
    m.def("expectations_complex64", &expectations<float>);
    m.def("expectations_complex128", &expectations<double>);
    m.def("vjp_complex64", &vjp<float>);
    m.def("vjp_complex128", &vjp<double>);
    m.def("jacobian_complex64", &jacobian<float>);
    m.def("jacobian_complex128", &jacobian<double>);
    m.def("reduced_complex64", &reduced<float>);
    m.def("reduced_complex128", &reduced<double>);
    m.def("choose_complex64", &choose_states<float>);
    m.def("choose_complex128", &choose_states<double>);
    // What is changed in place is never a converted copy.
    m.def("evolve_complex64", &evolve<float>, nb::arg(), nb::arg(), nb::arg().noconvert(), nb::arg());
    m.def("evolve_complex128", &evolve<double>, nb::arg(), nb::arg(), nb::arg().noconvert(), nb::arg());
    m.def("damp_complex64", &damp<float>, nb::arg(), nb::arg(), nb::arg(), nb::arg().noconvert(), nb::arg());
    m.def("damp_complex128", &damp<double>, nb::arg(), nb::arg(), nb::arg(), nb::arg().noconvert(), nb::arg());
    m.def("measure_complex64", &measure_states<float>);
    m.def("measure_complex128", &measure_states<double>);
#ifdef QSETU_FFI
    bind_ffi(m);
#endif
}

}  // namespace qsetu
