// Handlers run on XLA's threads and without the GIL. They never ask for it, so that they cannot wait for
// a Python thread that waits for them; the price is that Ctrl-C is answered only after the call.
#include "ffi.hpp"

#include <nanobind/stl/array.h>
#include <xla/ffi/api/ffi.h>

#include <new>

#include "registry.hpp"
#include "runner.hpp"

namespace nb = nanobind;
namespace ffi = xla::ffi;

namespace qsetu {
namespace {

using Programs = Registry<Compiled>;
using Tables = Registry<PauliTable>;
using Array = ffi::AnyBuffer;
using Out = ffi::Result<ffi::AnyBuffer>;

void require(bool condition, const char* message) {
    if (!condition) throw std::invalid_argument(std::string("qsetu: ") + message);
}

// Arrays are (..., last): all axes but the last are rows. jax.vmap adds axes in front.
Index last(const Array& array) {
    require(array.dimensions().size() > 0, "an array has no axes");
    return array.dimensions().back();
}

Index rows(const Array& array) {
    const auto dims = array.dimensions();
    require(dims.size() > 0, "an array has no axes");
    Index count = 1;
    for (std::size_t axis = 0; axis + 1 < dims.size(); ++axis) count *= dims[axis];
    return count;
}

void expect_shape(const Array& array, Index row_count, Index width, const char* name) {
    if (rows(array) != row_count || last(array) != width) {
        throw std::invalid_argument("qsetu: " + std::string(name) + " has the wrong shape");
    }
}

// What does not depend on the parameters: int32 (..., 9), the names of program and table, and threads.
// jax.vmap repeats it; there is one in truth.
struct Control {
    explicit Control(const Array& array) {
        require(array.element_type() == ffi::DataType::S32 && last(array) == 9, "control must be int32 (..., 9)");
        const auto* data = array.typed_data<std::int32_t>();
        const Index count = rows(array);
        for (Index row = 1; row < count; ++row) {
            require(std::equal(data, data + 9, data + 9 * row), "one call runs one program");
        }
        if (count == 0) return;
        std::copy(data, data + 4, program.begin());
        std::copy(data + 4, data + 8, table.begin());
        threads = data[8];
    }
    Name program{}, table{};
    int threads = 1;
};

// Real numbers of either precision as the double precision that the engine computes angles in.
class Reals {
public:
    explicit Reals(const Array& array) {
        if (array.element_type() == ffi::DataType::F64) {
            data_ = array.typed_data<double>();
            return;
        }
        require(array.element_type() == ffi::DataType::F32, "parameters and weights must be float32 or float64");
        const auto* source = array.typed_data<float>();
        copy_.assign(source, source + array.element_count());
        data_ = copy_.data();
    }
    const double* data() const { return data_; }

private:
    const double* data_;
    std::vector<double> copy_;
};

// The same for a result; `finish` writes what was computed.
class RealOut {
public:
    explicit RealOut(Array& array) : array_(array) {
        if (array.element_type() == ffi::DataType::F64) {
            data_ = array.typed_data<double>();
            return;
        }
        require(array.element_type() == ffi::DataType::F32, "results must be float32 or float64");
        copy_.resize(array.element_count());
        data_ = copy_.data();
    }
    double* data() { return data_; }
    void finish() { std::transform(copy_.begin(), copy_.end(), static_cast<float*>(array_.untyped_data()), narrow); }

private:
    static float narrow(double value) { return static_cast<float>(value); }
    Array& array_;
    double* data_;
    std::vector<double> copy_;
};

// body() with C++ exceptions as errors of XLA: none may pass into it.
template <typename Body>
ffi::Error guarded(const Body& body) {
    try {
        body();
        return ffi::Error::Success();
    } catch (const std::invalid_argument& error) {
        return ffi::Error::InvalidArgument(error.what());
    } catch (const std::bad_alloc&) {
        return ffi::Error(ffi::ErrorCode::kResourceExhausted, "qsetu: not enough memory for the statevectors");
    } catch (const std::exception& error) {
        return ffi::Error::Internal(error.what());
    }
}

// body(program, rows, workers) unless there is nothing to do: a batch of 0 rows has no control either.
template <typename Body>
ffi::Error run(const Array& control_array, const Array& params, const Body& body) {
    return guarded([&] {
        const Control control(control_array);
        const Index batch = rows(params);
        if (batch == 0) return;
        const auto compiled = Programs::instance().find(control.program, "program");
        expect_shape(params, batch, compiled->program.num_params(), "params");
        body(*compiled, control, batch, Workers(control.threads, {}));
    });
}

std::shared_ptr<const PauliTable> table_of(const Control& control, const Compiled& compiled) {
    auto table = Tables::instance().find(control.table, "table of observables");
    table->check(compiled.program.num_qubits());
    return table;
}

ffi::Error states(Array control, Array params, Out out) {
    return run(control, params, [&](const Compiled& compiled, const Control&, Index batch, const Workers& workers) {
        expect_shape(*out, batch, compiled.program.num_amplitudes(), "states");
        const Reals theta(params);
        if (out->element_type() == ffi::DataType::C128) {
            return run_states<double>(compiled, theta.data(), batch, out->typed_data<std::complex<double>>(), workers);
        }
        require(out->element_type() == ffi::DataType::C64, "states must be complex64 or complex128");
        run_states<float>(compiled, theta.data(), batch, out->typed_data<std::complex<float>>(), workers);
    });
}

// `precision` of the simulation: 64 for complex64, 128 for complex128, whatever the type of the values.
ffi::Error expectations(Array control, Array params, Out values, std::int64_t precision) {
    return run(control, params, [&](const Compiled& compiled, const Control& c, Index batch, const Workers& workers) {
        const auto table = table_of(c, compiled);
        expect_shape(*values, batch, table->count(), "values");
        const Reals theta(params);
        RealOut e(*values);
        const auto run = precision == 128 ? run_expectations<double> : run_expectations<float>;
        run(compiled, *table, theta.data(), batch, e.data(), workers);
        e.finish();
    });
}

ffi::Error vjp(Array control, Array params, Array weights, Out values, Out gradients, std::int64_t precision) {
    return run(control, params, [&](const Compiled& compiled, const Control& c, Index batch, const Workers& workers) {
        const auto table = table_of(c, compiled);
        expect_shape(weights, batch, table->count(), "weights");
        expect_shape(*values, batch, table->count(), "values");
        expect_shape(*gradients, batch, compiled.program.num_params(), "gradients");
        const Reals theta(params), w(weights);
        RealOut e(*values), g(*gradients);
        const auto run = precision == 128 ? run_vjp<double> : run_vjp<float>;
        run(compiled, *table, theta.data(), w.data(), batch, e.data(), g.data(), workers);
        e.finish();
        g.finish();
    });
}

ffi::Error state_vjp(Array control, Array params, Array weights, Out gradients) {
    return run(control, params, [&](const Compiled& compiled, const Control&, Index batch, const Workers& workers) {
        expect_shape(weights, batch, compiled.program.num_amplitudes(), "weights");
        expect_shape(*gradients, batch, compiled.program.num_params(), "gradients");
        const Reals theta(params);
        RealOut g(*gradients);
        if (weights.element_type() == ffi::DataType::C128) {
            run_state_vjp(compiled, theta.data(), weights.typed_data<std::complex<double>>(), batch, g.data(), workers);
        } else {
            require(weights.element_type() == ffi::DataType::C64, "weights must be complex64 or complex128");
            run_state_vjp(compiled, theta.data(), weights.typed_data<std::complex<float>>(), batch, g.data(), workers);
        }
        g.finish();
    });
}

ffi::Error state_jvp(Array control, Array params, Array tangents, Out slopes) {
    return run(control, params, [&](const Compiled& compiled, const Control&, Index batch, const Workers& workers) {
        expect_shape(tangents, batch, compiled.program.num_params(), "tangents");
        expect_shape(*slopes, batch, compiled.program.num_amplitudes(), "slopes");
        const Reals theta(params), t(tangents);
        if (slopes->element_type() == ffi::DataType::C128) {
            auto* out = slopes->typed_data<std::complex<double>>();
            return run_state_jvp(compiled, theta.data(), t.data(), batch, out, workers);
        }
        require(slopes->element_type() == ffi::DataType::C64, "slopes must be complex64 or complex128");
        run_state_jvp(compiled, theta.data(), t.data(), batch, slopes->typed_data<std::complex<float>>(), workers);
    });
}

auto bound() { return ffi::Ffi::Bind().Arg<Array>().Arg<Array>(); }
XLA_FFI_DEFINE_HANDLER(kStates, states, bound().Ret<Array>());
XLA_FFI_DEFINE_HANDLER(kExpectations, expectations, bound().Ret<Array>().Attr<std::int64_t>("precision"));
XLA_FFI_DEFINE_HANDLER(kVjp, vjp, bound().Arg<Array>().Ret<Array>().Ret<Array>().Attr<std::int64_t>("precision"));
XLA_FFI_DEFINE_HANDLER(kStateVjp, state_vjp, bound().Arg<Array>().Ret<Array>());
XLA_FFI_DEFINE_HANDLER(kStateJvp, state_jvp, bound().Arg<Array>().Ret<Array>());

}  // namespace

void bind_ffi(nb::module_& m) {
    // Copies of their own: those shared with Python would need the GIL to be let go.
    m.def("register_program", [](const Compiled& compiled, const Name& name) {
        if (Programs::instance().contains(name)) return;
        Programs::instance().add(name, std::make_shared<Compiled>(compiled.program.arrays()));
    });
    m.def("register_table", [](const PauliTable& table, const Name& name) {
        Tables::instance().add(name, std::make_shared<PauliTable>(table));
    });
    m.def("ffi_targets", [] {
        nb::dict targets;
        targets["qsetu_states"] = nb::capsule(reinterpret_cast<void*>(kStates));
        targets["qsetu_expectations"] = nb::capsule(reinterpret_cast<void*>(kExpectations));
        targets["qsetu_vjp"] = nb::capsule(reinterpret_cast<void*>(kVjp));
        targets["qsetu_state_vjp"] = nb::capsule(reinterpret_cast<void*>(kStateVjp));
        targets["qsetu_state_jvp"] = nb::capsule(reinterpret_cast<void*>(kStateJvp));
        return targets;
    });
}

}  // namespace qsetu
