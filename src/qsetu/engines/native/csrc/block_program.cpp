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
// A table takes about three times as long to fill as a sweep over as many amplitudes.
constexpr int kLeastTableBits = 5, kMostTableBits = 7;

int table_bits(int num_qubits, int samples) {
    if (samples > 1) return std::min(kMostTableBits, std::max(1, num_qubits - 3));
    return std::max(kLeastTableBits, std::min(kMostTableBits, num_qubits / 2 - 1));
}

}  // namespace

template <typename T>
BlockProgram<T>::BlockProgram(const Program& program, const std::vector<Step>& steps, Numbers<T>& numbers,
                              std::vector<int> chosen, const Places& places, int width, Direction direction,
                              const Workers* poll)
    : program_(program), steps_(steps), chosen_(std::move(chosen)), kernels_(kernels<T>()),
      reversible_(direction == Direction::both), tile_places_(places),
      numbers_(numbers), samples_(numbers.samples()), scale_(samples_, 1.0), back_scale_(samples_, 1.0),
      frame_(program.num_qubits()) {
    // Vectors of samples are few, and a frame mixes what tiles would keep apart.
    geometry_ = {places, width, samples_ > 1 ? width : std::min(width, kTileQubits<T>), log2_of(kernels_.lanes),
                 table_bits(program.num_qubits(), numbers.samples())};
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
    for (Group& group : order(steps, chosen_, geometry_)) {
        if (poll) poll->checkpoint();
        bind(std::move(group));
    }
    first_ = 0;
    while (first_ < static_cast<int>(sources_.size()) && !sources_[first_].parametric) ++first_;
}

template <typename T>
void BlockProgram<T>::bind(Group group) {
    if (samples_ > 1 && group.kind == Group::Kind::single) {
        const Operation& op = steps_[group.pieces[0].step].operation;
        if (frame_.take(op)) return;
        if (!places_of(op)) straighten();
    }
    Source source;
    source.group = std::move(group);
    for (const Piece& piece : source.group.pieces) {
        const Step& step = steps_[piece.step];
        const bool side = piece.role == Role::left || piece.role == Role::right;
        source.varies = source.varies || (step.varies && !(side && step.alone()));
        source.parametric = source.parametric || piece.parametric;
    }
    varies_ = varies_ || source.varies;
    if (source.group.kind == Group::Kind::rotations) bind_rotations(source);
    if (source.group.kind == Group::Kind::phases) bind_phases(source);
    if (source.group.kind == Group::Kind::single) bind_single(source);
    add(std::move(source));
}

template <typename T>
void BlockProgram<T>::add(Source source) {
    const int index = static_cast<int>(sources_.size());
    const bool tiled = source.group.tiled && geometry_.tile < geometry_.width;
    if (stages_.empty() || stages_.back().tiled != tiled) stages_.push_back({tiled, index, index});
    stages_.back().end = index + 1;
    sources_.push_back(std::move(source));
}

template <typename T>
void BlockProgram<T>::straighten() {
    Source source;
    source.group = {Group::Kind::permutation, true, {}};
    Bound<T> op;
    op.kind = Kind::permute;
    op.subset.count = std::size_t(1) << (geometry_.width - geometry_.lane_bits);
    std::uint16_t *from = maps_.take(op.subset.count), *back = maps_.take(op.subset.count);
    const std::vector<std::uint32_t> states = frame_.states();
    for (std::size_t p = 0; p < op.subset.count; ++p) {
        const std::uint32_t state = states[p];
        from[state] = static_cast<std::uint16_t>(p);
        back[p] = static_cast<std::uint16_t>(state);
    }
    scratch_size_ = std::max(scratch_size_, op.subset.count * kernels_.lanes);
    op.map = from;
    source.sweeps.push_back({op, {}});
    op.map = back;
    source.undo.push_back({op, {}});
    add(std::move(source));
    frame_ = Frame(program_.num_qubits());
}

template <typename T>
std::optional<Places> BlockProgram<T>::places_of(const Operation& op) const {
    if (samples_ == 1) return geometry_.places;
    Places places(frame_.row.size(), -1);
    for (std::size_t q = 0; q < places.size(); ++q) {
        if (!(op.qubits() >> q & 1)) continue;
        if (!frame_.plain(static_cast<int>(q))) return std::nullopt;
        places[q] = log2_of(frame_.row[q]) + geometry_.lane_bits;
    }
    return places;
}

template <typename T>
const std::uint16_t* BlockProgram<T>::vectors_with(const std::vector<std::uint32_t>& states, Index qubits, bool value,
                                                   std::size_t count) {
    std::uint16_t* list = maps_.take(count);
    std::size_t found = 0;
    const std::uint32_t mask = static_cast<std::uint32_t>(qubits), wanted = value ? mask : 0;
    for (std::size_t p = 0; p < states.size(); ++p) {
        if ((states[p] & mask) == wanted) list[found++] = static_cast<std::uint16_t>(p);
    }
    return list;
}

template <typename T>
void BlockProgram<T>::bind_rotations(Source& source) {
    const bool tiled = source.group.tiled;
    Bound<T> op;
    op.kind = Kind::rotate;
    Index qubits = 0;
    bool plain = true;
    for (const Piece& piece : source.group.pieces) {
        const int q = steps_[piece.step].operation.targets[0], place = geometry_.places[q];
        if (place < geometry_.lane_bits) {
            op.lane_set |= 1 << place;
            continue;
        }
        qubits |= Index(1) << q;
        plain = plain && frame_.plain(q);
        op.offset[op.count] = samples_ > 1 ? frame_.flip[q] : std::size_t(1) << (place - geometry_.lane_bits);
        op.subset.inserted |= op.offset[op.count++];
    }
    const int width = tiled ? geometry_.tile : geometry_.width;
    op.subset.count = (std::size_t(1) << (width - geometry_.lane_bits)) >> op.count;
    if (!plain) op.places = vectors_with(frame_.states(), qubits, false, op.subset.count);
    const std::size_t size = std::size_t(2) * (op.count + geometry_.lane_bits) * kernels_.lanes;
    op.values = arena_.values.take(size);
    source.sweeps.push_back({op, {}});
    if (!reversible_) return;
    op.values = arena_.values.take(size);
    source.undo.push_back({op, {}});
}

template <typename T>
void BlockProgram<T>::bind_phases(Source& source) {
    source.table = static_cast<int>(tables_.size());
    tables_.push_back(std::make_unique<PhaseTable<T>>(source.group, steps_, geometry_, kernels_));
    const PhaseTable<T>& table = *tables_.back();
    Sweep sweep;
    Bound<T>& op = sweep.op;
    op.kind = Kind::phases;
    frame_.trivial() ? bind_map(table, sweep) : bind_framed_map(table, op);
    const std::size_t size = table.vectors() * kernels_.lanes;
    op.values = arena_.values.take(2 * size);
    source.sweeps.push_back(sweep);
    if (!reversible_) return;
    op.values = arena_.values.take(2 * size);
    source.undo.push_back(sweep);
    source.sums = sums_size_;
    if (source.parametric) sums_size_ += size;
}

template <typename T>
void BlockProgram<T>::bind_map(const PhaseTable<T>& table, Sweep& sweep) {
    Bound<T>& op = sweep.op;
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
        sweep.outside.push_back({Index(1) << table.qubits()[j], std::size_t(1) << j});
    }
}

template <typename T>
void BlockProgram<T>::bind_framed_map(const PhaseTable<T>& table, Bound<T>& op) {
    const Index ones = table.ones() & (program_.num_amplitudes() - 1);
    op.subset.count = program_.num_amplitudes() >> popcount(ones);
    const std::vector<std::uint32_t> states = frame_.states();
    const std::uint16_t* places = vectors_with(states, ones, true, op.subset.count);
    std::uint16_t* map = maps_.take(op.subset.count);
    for (std::size_t g = 0; g < op.subset.count; ++g) {
        std::size_t entry = 0;
        for (std::size_t j = 0; j < table.qubits().size(); ++j) {
            entry |= std::size_t(states[places[g]] >> table.qubits()[j] & 1) << j;
        }
        map[g] = static_cast<std::uint16_t>(entry);
    }
    op.map = map;
    if (ones) op.places = places;
}

template <typename T>
void BlockProgram<T>::bind_single(Source& source) {
    const Step& step = steps_[source.group.pieces[0].step];
    const Places places = samples_ > 1 ? *places_of(step.operation) : source.group.tiled ? tile_places_ : geometry_.places;
    const int width = source.group.tiled ? geometry_.tile : geometry_.width;
    auto bind = [&](const std::vector<Complex>& matrix, Purpose purpose) {
        std::vector<Bound<T>> bound;
        bind_operation(step.operation, matrix.data(), purpose, places, width, kernels_.lanes, arena_, bound);
        return bound;
    };
    auto sweeps = [&](const std::vector<Complex>& matrix) {
        std::vector<Sweep> list;
        for (const Bound<T>& op : bind(matrix, Purpose::apply)) {
            if (op.kind == Kind::dense) scratch_size_ = std::max<std::size_t>(scratch_size_, std::size_t(2) * op.count);
            list.push_back({op, {}});
        }
        return list;
    };
    source.sweeps = sweeps(step.generic);
    if (!reversible_) return;
    std::vector<Complex> inverse = step.generic;
    adjoint(inverse, step.operation.dim());
    source.undo = sweeps(inverse);
    if (source.parametric) source.generator = bind(step.operation.generator, Purpose::slope);
}

template <typename T>
void BlockProgram<T>::fill() {
    if (filled_ && !varies_) return;
    std::fill(scale_.begin(), scale_.end(), 1.0);
    for (Source& source : sources_) {
        if (source.group.kind == Group::Kind::rotations) {
            fill_rotation(source, source.sweeps[0].op, scale_, 1);
        } else if (source.group.kind == Group::Kind::phases) {
            const bool takes = !tables_[source.table]->ones();
            const std::vector<double> scale = takes ? scale_ : std::vector<double>();
            if (filled_ && !source.varies && scale == source.filled_scale) {
                if (takes) std::fill(scale_.begin(), scale_.end(), 1.0);
                continue;
            }
            fill_table(source, source.sweeps[0].op.values, scale_, false);
            source.filled_scale = scale;
        } else if (source.group.kind == Group::Kind::single && (source.varies || !filled_)) {
            const Complex* matrix = numbers_.matrix(source.group.pieces[0].step, false);
            for (const Sweep& sweep : source.sweeps) refill(sweep.op, matrix, kernels_.lanes, numbers_.samples());
        }
    }
    filled_ = true;
}

// A table that every amplitude passes takes the scale along.
template <typename T>
void BlockProgram<T>::fill_table(const Source& source, T* values, std::vector<double>& scale, bool inverse) {
    PhaseTable<T>& table = *tables_[source.table];
    const bool takes = !table.ones();
    table.fill(takes ? scale.data() : nullptr, numbers_.samples(), values,
               [&](const Piece& piece) { return numbers_.diagonal(piece, inverse); });
    if (takes) std::fill(scale.begin(), scale.end(), 1.0);
}

template <typename T>
void BlockProgram<T>::fill_rotation(const Source& source, Bound<T>& op, std::vector<double>& scale, double sign) {
    const std::size_t lanes = static_cast<std::size_t>(kernels_.lanes);
    // Rows in lanes keep their cosines: what is right to leave out for one row would round another one differently.
    op.scaled = samples_ > 1;
    double product = scale[0];
    for (const Piece& piece : source.group.pieces) {
        const double cosine = *numbers_.cosine(piece.step), sine = *numbers_.sine(piece.step);
        op.scaled = op.scaled || std::abs(sine) > kSteep * std::abs(cosine);
        product *= cosine;
    }
    op.scaled = op.scaled || std::abs(product) < kLeastScale;
    if (!op.scaled) scale[0] = product;
    int vectors = 0;
    for (const Piece& piece : source.group.pieces) {
        const double *cosine = numbers_.cosine(piece.step), *sine = numbers_.sine(piece.step);
        const int place = geometry_.places[steps_[piece.step].operation.targets[0]];
        const bool lane = place < geometry_.lane_bits;
        T* to = op.values + std::size_t(2) * (lane ? op.count + place : vectors++) * lanes;
        if (samples_ > 1) {
            kernels_.turn(cosine, sine, sign, to);
            continue;
        }
        const T a = static_cast<T>(op.scaled ? *cosine : 1);
        const T b = static_cast<T>(sign * (op.scaled ? *sine : *sine / *cosine));
        for (std::size_t l = 0; l < lanes; ++l) {
            to[l] = a;
            to[lanes + l] = lane && !(l >> place & 1) ? -b : b;
        }
    }
}

template <typename T>
void BlockProgram<T>::run_sweep(const Sweep& sweep, Index position, Planes<T> at, T* scratch) const {
    if ((position & sweep.op.block_mask) != sweep.op.block_value) return;
    const bool needs_room = sweep.op.kind == Kind::dense || sweep.op.kind == Kind::permute;
    if (sweep.outside.empty() && !needs_room) return kernels_.run(sweep.op, at.re, at.im);
    Bound<T> op = sweep.op;
    op.scratch = scratch;
    for (const Outside& outside : sweep.outside) {
        if (position & outside.qubit) op.values += outside.stride * 2 * kernels_.lanes;
    }
    kernels_.run(op, at.re, at.im);
}

template <typename T>
void BlockProgram<T>::run(Index position, Planes<T> block, T* scratch, const Workers* poll) const {
    for (const Stage& stage : stages_) {
        const std::size_t tiles = stage.tiled ? tile_positions_.size() : 1;
        for (std::size_t t = 0; t < tiles; ++t) {
            const Index here = stage.tiled ? position | tile_positions_[t] : position;
            for (int s = stage.begin; s < stage.end; ++s) {
                if (poll && s % kPollEvery == 0) poll->checkpoint();
                for (const Sweep& sweep : sources_[s].sweeps) run_sweep(sweep, here, block + (t << geometry_.tile), scratch);
            }
        }
    }
}

template class BlockProgram<float>;
template class BlockProgram<double>;

}  // namespace qsetu
