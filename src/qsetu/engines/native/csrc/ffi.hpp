// The engine as calls that XLA makes itself, by its typed foreign function interface.
#pragma once

#include <nanobind/nanobind.h>

namespace qsetu {

// Adds register_program, register_table and ffi_targets to the module.
void bind_ffi(nanobind::module_& m);

}  // namespace qsetu
