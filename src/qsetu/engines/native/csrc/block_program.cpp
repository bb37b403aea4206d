#include "block_program.hpp"

#include <cmath>

#include "bits.hpp"

namespace qsetu {
namespace {

// 16 KiB in two planes: half of a first-level cache.
template <typename T>
constexpr int kTileQubits = sizeof(T) == 4 ? 11 : 10;
// A rotation with |sine| above this times |cosine| keeps its cosine; so do all once the factors that were left
// out have grown to this: single precision ends at 2^127.
constexpr double kSteep = 8, kLeastScale = 1.0 / (1ull << 40);

}  // namespace

template <typename T>
BlockProgram<T>::BlockProgram(const Program& program, const std::vector<Step>& steps, const std::vector<int>& chosen,
                              const Places& places, int width, int table_bits)
    : program_(program), steps_(steps), kernels_(kernels<T>()), tile_places_(places), turns_(steps.size()), chosen_(chosen) {
    geometry_ = {places, width, std::min(width, kTileQubits<T>), log2_of(kernels_.lanes), table_bits};
    for (int& place : tile_places_) {
        if (place >= geometry_.tile) place = -1;
    }
    for (Index tile = 0; tile < Index(1) << (width - geometry_.tile); ++tile) {
        Index position = 0;
        for (std::size_t q = 0; q < places.size(); ++q) {
            const int bit = places[q] - geometry_.tile;
            if (bit >= 0 && (tile >> bit & 1)) position |= Index(1) << q;
        }
        tile_positions_.push_back(position);
    }
    for (int step : chosen) varies_ = varies_ || steps[step].constant.empty();
    for (Group& group : order(steps, chosen, geometry_)) {
        const int begin = static_cast<int>(sweeps_.size());
        int table = -1;
        if (group.kind == Group::Kind::rotations) bind_rotations(group);
        if (group.kind == Group::Kind::single) bind_single(group);
        if (group.kind == Group::Kind::phases) {
            table = static_cast<int>(tables_.size());
            bind_phases(group);
        }
        const int end = static_cast<int>(sweeps_.size());
        const bool tiled = group.tiled && geometry_.tile < width;
        if (stages_.empty() || stages_.back().tiled != tiled) stages_.push_back({tiled, begin, begin});
        stages_.back().end = end;
        bool varies = false;
        for (const Piece& piece : group.pieces) varies = varies || steps[piece.step].constant.empty();
        sources_.push_back({std::move(group), begin, end, varies, table});
    }
}

template <typename T>
void BlockProgram<T>::bind_rotations(const Group& group) {
    const Places& places = group.tiled ? tile_places_ : geometry_.places;
    const int width = group.tiled ? geometry_.tile : geometry_.width;
    Bound<T> op;
    op.kind = Kind::rotate;
    for (const Piece& piece : group.pieces) {
        const int place = places[steps_[piece.step].operation.targets[0]];
        if (place < geometry_.lane_bits) {
            op.lane_set |= 1 << place;
        } else {
            op.offset[op.count] = std::size_t(1) << (place - geometry_.lane_bits);
            op.subset.inserted |= op.offset[op.count++];
        }
    }
    op.subset.count = (std::size_t(1) << (width - geometry_.lane_bits)) >> op.count;
    op.values = arena_.values.take(std::size_t(2) * (op.count + geometry_.lane_bits) * kernels_.lanes);
    sweeps_.push_back({op, {}});
}

template <typename T>
void BlockProgram<T>::bind_phases(const Group& group) {
    tables_.emplace_back(group, steps_, geometry_);
    const PhaseTable& table = tables_.back();
    Sweep sweep;
    Bound<T>& op = sweep.op;
    op.kind = Kind::phases;
    for (std::size_t q = 0; q < tile_places_.size(); ++q) {
        if (!(table.ones() >> q & 1)) continue;
        if (tile_places_[q] >= 0) {
            op.subset.inserted |= std::size_t(1) << (tile_places_[q] - geometry_.lane_bits);
        } else {
            op.block_mask |= Index(1) << q;
        }
    }
    op.block_value = op.block_mask;
    op.subset.fixed = op.subset.inserted;
    op.subset.count = (std::size_t(1) << (geometry_.tile - geometry_.lane_bits)) >> popcount(op.subset.inserted);
    op.values = arena_.values.take(2 * table.size());
    std::uint16_t* map = maps_.take(op.subset.count);
    std::size_t index = 0;
    for (std::size_t g = 0; g < op.subset.count; ++g) {
        std::size_t entry = 0;
        for (int j = 0; j < table.inside(); ++j) {
            const int bit = tile_places_[table.qubits()[j]] - geometry_.lane_bits;
            entry |= (index >> bit & 1) << j;
        }
        map[g] = static_cast<std::uint16_t>(entry);
        index = next_outside(index, op.subset.inserted);
    }
    op.map = map;
    for (std::size_t j = table.inside(); j < table.qubits().size(); ++j) {
        sweep.outside.push_back({Index(1) << table.qubits()[j], (std::size_t(2) << j) * kernels_.lanes});
    }
    sweeps_.push_back(std::move(sweep));
}

template <typename T>
void BlockProgram<T>::bind_single(const Group& group) {
    const Step& step = steps_[group.pieces[0].step];
    std::vector<Bound<T>> bound;
    bind_operation(step.operation, step.generic.data(), Purpose::apply, group.tiled ? tile_places_ : geometry_.places,
                   group.tiled ? geometry_.tile : geometry_.width, kernels_.lanes, arena_, bound);
    for (const Bound<T>& op : bound) {
        if (op.kind == Kind::dense) scratch_size_ = std::max<std::size_t>(scratch_size_, std::size_t(2) * op.count);
        sweeps_.push_back({op, {}});
    }
}

template <typename T>
void BlockProgram<T>::fill(const double* params) {
    if (filled_ && !varies_) return;
    for (int index : chosen_) {
        const Step& step = steps_[index];
        if (!step.turns || (filled_ && !step.constant.empty())) continue;
        matrix_.bind(program_, step, params);
        turns_[index] = turn_of(matrix_.data(), step.sides);
    }
    scale_ = 1;
    for (const Source& source : sources_) {
        if (source.group.kind == Group::Kind::rotations) {
            fill_rotations(source);
        } else if (source.group.kind == Group::Kind::phases) {
            if (source.varies || !filled_) {
                int bound = -1;
                tables_[source.table].fill([&](const Piece& piece, int row) -> Complex {
                    if (piece.role == Role::left) return turns_[piece.step].left[row];
                    if (piece.role == Role::right) return turns_[piece.step].right[row];
                    if (bound != piece.step) matrix_.bind(program_, steps_[piece.step], params);
                    bound = piece.step;
                    return matrix_.data()[row * steps_[piece.step].operation.dim() + row];
                });
            }
            fill_phases(source);
        } else if (source.varies || !filled_) {
            matrix_.bind(program_, steps_[source.group.pieces[0].step], params);
            for (int s = source.begin; s < source.end; ++s) refill(sweeps_[s].op, matrix_.data(), kernels_.lanes);
        }
    }
    filled_ = true;
}

template <typename T>
void BlockProgram<T>::fill_rotations(const Source& source) {
    Bound<T>& op = sweeps_[source.begin].op;
    double product = scale_;
    bool steep = false;
    for (const Piece& piece : source.group.pieces) {
        const Turn& turn = turns_[piece.step];
        steep = steep || std::abs(turn.sine) > kSteep * std::abs(turn.cosine);
        product *= turn.cosine;
    }
    op.scaled = steep || std::abs(product) < kLeastScale;
    if (!op.scaled) scale_ = product;
    int vectors = 0;
    for (const Piece& piece : source.group.pieces) {
        const Turn& turn = turns_[piece.step];
        const T a = static_cast<T>(op.scaled ? turn.cosine : 1);
        const T b = static_cast<T>(op.scaled ? turn.sine : turn.sine / turn.cosine);
        const int place = geometry_.places[steps_[piece.step].operation.targets[0]];
        const bool lane = place < geometry_.lane_bits;
        const int slot = lane ? op.count + place : vectors++;
        T* to = op.values + std::size_t(2) * slot * kernels_.lanes;
        for (int l = 0; l < kernels_.lanes; ++l) {
            to[l] = a;
            to[kernels_.lanes + l] = lane && !(l >> place & 1) ? -b : b;
        }
    }
}

template <typename T>
void BlockProgram<T>::fill_phases(const Source& source) {
    const PhaseTable& table = tables_[source.table];
    Bound<T>& op = sweeps_[source.begin].op;
    // A table that every amplitude passes takes the scale along.
    const double scale = table.ones() ? 1 : scale_;
    if (!table.ones()) scale_ = 1;
    const std::size_t lanes = kernels_.lanes;
    for (std::size_t vector = 0; vector < table.size() / lanes; ++vector) {
        T* to = op.values + 2 * vector * lanes;
        for (std::size_t l = 0; l < lanes; ++l) {
            to[l] = static_cast<T>(scale * table.re(vector * lanes + l));
            to[lanes + l] = static_cast<T>(scale * table.im(vector * lanes + l));
        }
    }
}

template <typename T>
void BlockProgram<T>::run(Index position, T* re, T* im, T* scratch) const {
    for (const Stage& stage : stages_) {
        const std::size_t tiles = stage.tiled ? tile_positions_.size() : 1;
        for (std::size_t t = 0; t < tiles; ++t) {
            const Index here = stage.tiled ? position | tile_positions_[t] : position;
            const std::size_t at = t << geometry_.tile;
            for (int s = stage.begin; s < stage.end; ++s) {
                const Sweep& sweep = sweeps_[s];
                if ((here & sweep.op.block_mask) != sweep.op.block_value) continue;
                if (sweep.outside.empty() && sweep.op.kind != Kind::dense) {
                    kernels_.run(sweep.op, re + at, im + at);
                    continue;
                }
                Bound<T> op = sweep.op;
                op.scratch = scratch;
                for (const Outside& outside : sweep.outside) {
                    if (here & outside.qubit) op.values += outside.stride;
                }
                kernels_.run(op, re + at, im + at);
            }
        }
    }
}

template class BlockProgram<float>;
template class BlockProgram<double>;

}  // namespace qsetu
