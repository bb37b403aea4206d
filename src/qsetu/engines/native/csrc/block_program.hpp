// What is done to a block, bound to kernels: which sweeps, on which bits, with which numbers. The structure
// is made once; `fill` puts in the numbers of one parameter row, or of one row for each lane of a vector.
#pragma once

#include <memory>
#include <optional>

#include "frame.hpp"
#include "numbers.hpp"
#include "order.hpp"
#include "parallel.hpp"
#include "phases.hpp"

namespace qsetu {

// Groups of pieces between two looks at whether to stop.
constexpr int kPollEvery = 16;

enum class Direction : std::uint8_t { forward, both };

template <typename T>
class BlockProgram {
public:
    // `places`, `width`: see Geometry. Direction::both: can be run backward, too. Where `numbers` are for
    // several samples, each lane holds a state of its own; no qubit's place is then a lane bit.
    // Keeps the references. `poll` is asked now and then whether to stop; null for never.
    BlockProgram(const Program& program, const std::vector<Step>& steps, Numbers<T>& numbers, std::vector<int> chosen,
                 const Places& places, int width, Direction direction, const Workers* poll);

    // Takes the numbers over, as they are set.
    void fill();
    // The block's amplitudes, at `position` of the state (bits of the qubits outside), are to be multiplied
    // with scale() (one a sample) when all is done. `scratch`: scratch_size() numbers. `poll` may be null.
    void run(Index position, Planes<T> block, T* scratch, const Workers* poll) const;
    const double* scale() const { return scale_.data(); }
    // What the index of an amplitude (of a vector, with several samples) means after run().
    const Frame& frame() const { return frame_; }
    std::size_t scratch_size() const { return scratch_size_; }

    // The way back, after numbers are set and fill_back: for every step with a parameter and each bra b < count,
    //   slopes[(b * steps + step) * samples + sample] += 2 Re <bra| dU U^-1 |ket>
    // with both states taken right after the step; then it is undone in all of them. What lies before the first
    // step with a parameter is left as it is when `to_first`, which says that nothing before this block program
    // matters. All blocks are to be multiplied with back_scale() in the end. `scratch`: back_scratch_size(count).
    void fill_back();
    void run_back(Index position, const Planes<T>* bras, int count, Planes<T> ket, T* scratch, double* slopes,
                  bool to_first, const Workers* poll) const;
    std::size_t back_scratch_size(int count) const { return scratch_size_ + lane_room() + count * sums_size_; }
    const double* back_scale() const { return back_scale_.data(); }
    bool parametric() const { return first_ < static_cast<int>(sources_.size()); }

private:
    struct Outside {
        Index qubit;         // bit in the position
        std::size_t stride;  // in the table's vectors
    };
    struct Sweep {
        Bound<T> op;
        std::vector<Outside> outside;
    };
    // A group: its sweeps, and where their numbers come from.
    struct Source {
        Group group;
        std::vector<Sweep> sweeps, undo;
        std::vector<Bound<T>> generator;  // of a single step with a parameter
        bool varies = false, parametric = false;
        int table = -1;         // index into tables_
        std::vector<double> filled_scale;  // that a table was filled with
        std::vector<double> back_scale;    // of both states before it is undone
        std::size_t sums = 0;   // phases with a parameter: where a bra's sums lie in the scratch memory
    };
    struct Stage {
        bool tiled;
        int begin, end;  // of sources_
    };

    const Program& program_;
    const std::vector<Step>& steps_;
    const std::vector<int> chosen_;
    const Kernels<T>& kernels_;
    const bool reversible_;
    Geometry geometry_;
    Places tile_places_;
    std::vector<Index> tile_positions_;  // of each tile in the block
    Arena<T> arena_;
    Chunks<std::uint16_t> maps_;
    std::vector<Source> sources_;
    std::vector<Stage> stages_;
    std::vector<std::unique_ptr<PhaseTable<T>>> tables_;
    Numbers<T>& numbers_;
    const std::size_t samples_;
    std::vector<double> scale_, back_scale_;
    std::size_t scratch_size_ = 0, sums_size_ = 0;
    int first_;  // source
    Frame frame_;  // while binding: what an index means where the next group stands
    bool filled_ = false, varies_ = false;

    void bind(Group group);
    void add(Source source);
    // In frames: undoes what the frame has taken in; the places of an operation's qubits, none if one is no single
    // bit; the indices of the vectors in which these qubits all have this value.
    void straighten();
    std::optional<Places> places_of(const Operation& op) const;
    const std::uint16_t* vectors_with(const std::vector<std::uint32_t>& states, Index qubits, bool value,
                                      std::size_t count);
    void bind_map(const PhaseTable<T>& table, Sweep& sweep);
    void bind_framed_map(const PhaseTable<T>& table, Bound<T>& op);
    void bind_rotations(Source& source);
    void bind_phases(Source& source);
    void bind_single(Source& source);
    void fill_rotation(const Source& source, Bound<T>& op, std::vector<double>& scale, double sign);
    void fill_table(const Source& source, T* values, std::vector<double>& scale, bool inverse);
    void run_sweep(const Sweep& sweep, Index position, Planes<T> at, T* scratch) const;
    std::size_t lane_room() const { return 64; }  // a vector, on a cache line of its own
    void add_slopes(const Source& source, Index position, Planes<T> bra, Planes<T> ket, T* sums, double* slopes) const;
    void reduce(const Source& source, T* sums, T* lane, double* slopes) const;
    // Adds what lies in the lanes to the slopes of a step: lane by lane, or all to its one sample.
    void add_lanes(const Source& source, int step, double factor, const double* lanes, double* slopes) const;
};

}  // namespace qsetu
