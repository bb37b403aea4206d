// The way back through a block program, and the slopes read on it.
#include "block_program.hpp"

namespace qsetu {

template <typename T>
void BlockProgram<T>::fill_back() {
    std::fill(back_scale_.begin(), back_scale_.end(), 1.0);
    for (std::size_t s = sources_.size(); s-- > 0;) {
        Source& source = sources_[s];
        source.back_scale = back_scale_;
        if (source.group.kind == Group::Kind::rotations) {
            fill_rotation(source, source.undo[0].op, back_scale_, -1);
        } else if (source.group.kind == Group::Kind::phases) {
            fill_table(source, source.undo[0].op.values, back_scale_, true);
        } else if (source.group.kind == Group::Kind::single) {
            const Complex* matrix = numbers_.matrix(source.group.pieces[0].step, true);
            for (const Sweep& sweep : source.undo) refill(sweep.op, matrix, kernels_.lanes, numbers_.samples());
        }
    }
}

template <typename T>
void BlockProgram<T>::run_back(Index position, const Planes<T>* bras, int count, Planes<T> ket, T* scratch,
                               double* slopes, bool to_first, const Workers* poll) const {
    const int last = to_first ? first_ : 0;
    T* lane = scratch + scratch_size_;
    T* sums = lane + lane_room();
    std::fill(sums, sums + count * sums_size_, T(0));
    for (auto stage = stages_.rbegin(); stage != stages_.rend() && stage->end > last; ++stage) {
        const std::size_t tiles = stage->tiled ? tile_positions_.size() : 1;
        for (std::size_t t = 0; t < tiles; ++t) {
            const Index here = stage->tiled ? position | tile_positions_[t] : position;
            const std::size_t at = t << geometry_.tile;
            for (int s = stage->end - 1; s >= std::max(stage->begin, last); --s) {
                if (poll && s % kPollEvery == 0) poll->checkpoint();
                const Source& source = sources_[s];
                for (int b = 0; source.parametric && b < count; ++b) {
                    add_slopes(source, here, bras[b] + at, ket + at, sums + b * sums_size_,
                               slopes + b * steps_.size() * samples_);
                }
                if (to_first && s == last) break;
                for (const Sweep& sweep : source.undo) {
                    run_sweep(sweep, here, ket + at, scratch);
                    for (int b = 0; b < count; ++b) run_sweep(sweep, here, bras[b] + at, scratch);
                }
            }
        }
    }
    for (int s = static_cast<int>(sources_.size()) - 1; s >= last; --s) {
        if (sources_[s].table < 0 || !sources_[s].parametric) continue;
        for (int b = 0; b < count; ++b) {
            reduce(sources_[s], sums + b * sums_size_, lane, slopes + b * steps_.size() * samples_);
        }
    }
}

template <typename T>
void BlockProgram<T>::add_lanes(const Source& source, int step, double factor, const double* lanes,
                                double* slopes) const {
    const std::size_t last = samples_ - 1;
    double* to = slopes + step * samples_;
    for (std::size_t l = 0; l < static_cast<std::size_t>(kernels_.lanes); ++l) {
        const double scale = source.back_scale[l & last];
        to[l & last] += factor * scale * scale * lanes[l];
    }
}

template <typename T>
void BlockProgram<T>::add_slopes(const Source& source, Index position, Planes<T> bra, Planes<T> ket, T* sums,
                                 double* slopes) const {
    double lanes[8][kMostLanes] = {};
    if (source.group.kind == Group::Kind::single) {
        for (const Bound<T>& op : source.generator) {
            if ((position & op.block_mask) == op.block_value) kernels_.slope(op, bra.re, bra.im, ket.re, ket.im, lanes[0]);
        }
        return add_lanes(source, source.group.pieces[0].step, 2, lanes[0], slopes);
    }
    const Sweep& sweep = source.sweeps[0];
    if (source.group.kind == Group::Kind::phases) {
        if ((position & sweep.op.block_mask) != sweep.op.block_value) return;
        sums += source.sums;
        for (const Outside& outside : sweep.outside) {
            if (position & outside.qubit) sums += outside.stride * kernels_.lanes;
        }
        return kernels_.phase_slopes(sweep.op, bra.re, bra.im, ket.re, ket.im, sums);
    }
    kernels_.rotation_slopes(sweep.op, bra.re, bra.im, ket.re, ket.im, lanes);
    int vectors = 0;
    for (const Piece& piece : source.group.pieces) {
        const Operation& op = steps_[piece.step].operation;
        const int place = geometry_.places[op.targets[0]];
        const double* total = lanes[place < geometry_.lane_bits ? sweep.op.count + place : vectors++];
        if (!piece.parametric) continue;
        // The generator as seen between R and the left diagonal: [[0, -g], [g, 0]].
        const Turn& turn = numbers_.sides(piece.step);
        const double g = (std::conj(turn.left[1]) * op.generator[2] * turn.left[0]).real();
        add_lanes(source, piece.step, 2 * g, total, slopes);
    }
}

// A phase exp(i k angle) of a row: its slope is -2 k Im <bra|ket> over the row.
template <typename T>
void BlockProgram<T>::reduce(const Source& source, T* sums, T* lane, double* slopes) const {
    tables_[source.table]->reduce(sums + source.sums, lane, [&](const Piece& piece, int row, const double* lanes) {
        const Operation& op = steps_[piece.step].operation;
        add_lanes(source, piece.step, -2 * op.generator[row * op.dim() + row].imag(), lanes, slopes);
    });
}

#define QSETU_INSTANTIATE(T)                                                                               \
    template void BlockProgram<T>::fill_back();                                                            \
    template void BlockProgram<T>::run_back(Index, const Planes<T>*, int, Planes<T>, T*, double*, bool, \
                                            const Workers*) const;
QSETU_INSTANTIATE(float)
QSETU_INSTANTIATE(double)
#undef QSETU_INSTANTIATE

}  // namespace qsetu
