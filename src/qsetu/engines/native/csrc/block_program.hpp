// What is done to a block, bound to kernels: which sweeps, on which bits, with which numbers. The structure
// is made once; `fill` puts in the numbers of one parameter row.
#pragma once

#include "order.hpp"
#include "phases.hpp"

namespace qsetu {

template <typename T>
class BlockProgram {
public:
    // `table_bits`: see Geometry; larger tables save sweeps and take longer to fill.
    BlockProgram(const Program& program, const std::vector<Step>& steps, const std::vector<int>& chosen,
                 const Places& places, int width, int table_bits);

    void fill(const double* params);
    // The block's amplitudes, at `position` of the state (bits of the qubits outside), are to be multiplied
    // with scale() when all is done. `scratch`: scratch_size() numbers.
    void run(Index position, T* re, T* im, T* scratch) const;
    double scale() const { return scale_; }
    std::size_t scratch_size() const { return scratch_size_; }

private:
    struct Outside {
        Index qubit;         // bit in the position
        std::size_t stride;  // in the table's values
    };
    struct Sweep {
        Bound<T> op;
        std::vector<Outside> outside;
    };
    // Where the numbers of sweeps [begin, end) come from.
    struct Source {
        Group group;
        int begin, end;
        bool varies;
        int table;  // index into tables_, or -1
    };
    struct Stage {
        bool tiled;
        int begin, end;  // of sweeps_
    };

    const Program& program_;
    const std::vector<Step>& steps_;
    const Kernels<T>& kernels_;
    Geometry geometry_;
    Places tile_places_;
    std::vector<Index> tile_positions_;  // of each tile in the block
    Arena<T> arena_;
    Chunks<std::uint16_t> maps_;
    std::vector<Sweep> sweeps_;
    std::vector<Source> sources_;
    std::vector<Stage> stages_;
    std::vector<PhaseTable> tables_;
    std::vector<Turn> turns_;  // of each step, where it turns
    std::vector<int> chosen_;
    double scale_ = 1;
    std::size_t scratch_size_ = 0;
    bool filled_ = false, varies_ = false;
    StepMatrix matrix_;

    void bind_rotations(const Group& group);
    void bind_phases(const Group& group);
    void bind_single(const Group& group);
    void fill_rotations(const Source& source);
    void fill_phases(const Source& source);
};

}  // namespace qsetu
