// Which operations are run as one. Neighbors on one qubit become one 2x2 matrix; a run of operations on
// the same two qubits becomes one 4x4 matrix where that is fewer multiplications.
#pragma once

#include <mutex>
#include <vector>

#include "program.hpp"
#include "shelf.hpp"
#include "turn.hpp"

namespace qsetu {

// A step is one operation of the program, or several that are multiplied into one matrix.
struct Step {
    Operation operation;       // what is run: targets, controls, structure; `form` only if alone
    std::vector<int> members;  // indices into the program, in order of application
    bool varies = true;             // with the parameters
    std::vector<Complex> generic;   // the matrix (and 1, 0) for parameters with nothing special about them
    // Run as a rotation between diagonals, see turn.hpp; those of a lone operation are the same for all angles.
    bool turns = false;
    Sides sides = Sides::both;

    bool alone() const { return members.size() == 1; }
};

enum class Fusion {
    none,       // every operation a step, for the way back
    one_qubit,  // for states so small that multiplying matrices costs more than applying them
    two_qubit,
};

std::vector<Step> plan(const Program& program, Fusion fusion);

// A program with its plan: what is kept for a circuit between calls.
struct Compiled {
    explicit Compiled(ProgramArrays arrays);

    Program program;
    std::vector<Step> steps;  // for the way forward
    mutable Shelf shelf;      // what runs have made of it

    // For the way back, and for rows in lanes: a step each. Made when first asked for.
    const std::vector<Step>& operations() const;

private:
    mutable std::once_flag once_;
    mutable std::vector<Step> operations_;
};

// The step's matrix for one parameter row, row-major on its targets, followed by a 1 and a 0.
class StepMatrix {
public:
    void bind(const Program& program, const Step& step, const double* params);
    const Complex* data() const { return data_; }

private:
    const Complex* data_ = nullptr;
    std::vector<Complex> product_, factor_;

    void bind_pair(const Program& program, const Step& step, const double* params);  // all members on one qubit
};

}  // namespace qsetu
