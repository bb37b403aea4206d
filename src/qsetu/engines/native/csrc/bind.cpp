// From a matrix on qubits to what a kernel does to vectors and lanes.
#include <cstring>

#include "bits.hpp"
#include "block.hpp"

namespace qsetu {
namespace {

// Where an operation's qubits lie in a block.
struct Layout {
    int width, lanes, lane_bits;
    std::size_t lane_controls = 0, vector_controls = 0;  // masks of lane bits, of vector bits
    Index outside_controls = 0;                          // mask of qubits
    std::vector<int> place;                              // of each target, -1 outside

    Layout(const Operation& op, const Places& places, int width_, int lanes_)
        : width(width_), lanes(lanes_), lane_bits(log2_of(lanes_)) {
        for (std::size_t q = 0; q < places.size(); ++q) {
            if (!(op.control_mask >> q & 1)) continue;
            if (places[q] < 0) {
                outside_controls |= Index(1) << q;
            } else if (places[q] < lane_bits) {
                lane_controls |= std::size_t(1) << places[q];
            } else {
                vector_controls |= std::size_t(1) << (places[q] - lane_bits);
            }
        }
        for (int q : op.targets) place.push_back(places[q]);
    }
    bool in_lane(int target) const { return place[target] >= 0 && place[target] < lane_bits; }
    bool in_vector(int target) const { return place[target] >= lane_bits; }
    std::size_t vector_bit(int target) const { return std::size_t(1) << (place[target] - lane_bits); }
    bool controlled(int lane) const { return (lane & lane_controls) == lane_controls; }

    Subset vectors(std::size_t targets) const {
        const std::size_t inserted = targets | vector_controls;
        return {inserted, vector_controls, (std::size_t(1) << (width - lane_bits)) >> popcount(inserted)};
    }
};

template <typename T>
class Binder {
public:
    Binder(const Operation& op, const Complex* matrix, Purpose purpose, const Places& places, int width, int lanes,
           Arena<T>& arena, std::vector<Bound<T>>& out)
        : op_(op), m_(matrix), purpose_(purpose), at_(op, places, width, lanes), arena_(arena), out_(out) {}

    void run() {
        const int targets = static_cast<int>(op_.targets.size());
        if (op_.diagonal) return diagonal();
        if (targets == 1) return at_.in_lane(0) ? pair_lane() : pair_vector();
        if (targets == 2 && purpose_ == Purpose::apply) return quad();
        dense();
    }

private:
    const Operation& op_;
    const Complex* m_;
    Purpose purpose_;
    Layout at_;
    Arena<T>& arena_;
    std::vector<Bound<T>>& out_;

    int dim() const { return op_.dim(); }
    // Where an entry comes from, see Bound::source; outside the controls it is 1 or 0.
    std::size_t entry(int row, int column, int lane) const {
        if (at_.controlled(lane)) return std::size_t(row) * dim() + column;
        return std::size_t(dim()) * dim() + (purpose_ == Purpose::apply && row == column ? 0 : 1);
    }
    Bound<T> fresh(Kind kind, std::size_t vector_targets) const {
        Bound<T> bound;
        bound.kind = kind;
        bound.subset = at_.vectors(vector_targets);
        bound.block_mask = bound.block_value = at_.outside_controls;
        return bound;
    }
    void room(Bound<T>& bound, int entries) {
        bound.values = arena_.values.take(std::size_t(2) * entries * at_.lanes);
        bound.source = arena_.offsets.take(std::size_t(entries) * at_.lanes);
    }
    // Adds an entry: its source for every lane.
    template <typename Source>
    void add(Bound<T>& bound, const Source& source) const {
        std::size_t* to = bound.source + std::size_t(bound.entries) * at_.lanes;
        bool uniform = true;
        for (int lane = 0; lane < at_.lanes; ++lane) {
            to[lane] = source(lane);
            uniform = uniform && to[lane] == to[0];
        }
        if (uniform) to[0] |= kUniform;
        ++bound.entries;
    }
    void finish(Bound<T>& bound) {
        refill(bound, m_, at_.lanes);
        out_.push_back(bound);
    }

    Shape shape() const {
        const bool real = m_[0].imag() == 0 && m_[1].imag() == 0 && m_[2].imag() == 0 && m_[3].imag() == 0;
        if (real) return Shape::real;
        const bool cross = m_[0].imag() == 0 && m_[3].imag() == 0 && m_[1].real() == 0 && m_[2].real() == 0;
        return cross ? Shape::cross : Shape::full;
    }
    bool is_flip() const { return purpose_ == Purpose::apply && op_.is_x(); }
    bool is_swap() const { return purpose_ == Purpose::apply && op_.is_swap(); }

    void pair_vector() {
        const std::size_t bit = at_.vector_bit(0);
        if (is_flip()) {
            Bound<T> bound = fresh(Kind::exchange, bit);
            bound.offset[1] = bit;
            if (at_.lane_controls) bound.values = lane_mask();
            out_.push_back(bound);
            return;
        }
        Bound<T> bound = fresh(Kind::pair_vector, bit);
        bound.shape = shape();
        bound.offset[0] = bit;
        room(bound, 4);
        for (int e = 0; e < 4; ++e) add(bound, [&](int lane) { return entry(e >> 1, e & 1, lane); });
        finish(bound);
    }

    // 1 for the lanes where the controls among the lane bits are set.
    T* lane_mask() {
        T* mask = arena_.values.take(at_.lanes);
        for (int lane = 0; lane < at_.lanes; ++lane) mask[lane] = at_.controlled(lane) ? T(1) : T(0);
        return mask;
    }

    void pair_lane() {
        Bound<T> bound = fresh(is_flip() ? Kind::flip : Kind::pair_lane, 0);
        const int bit = 1 << at_.place[0];
        bound.lane_bit[0] = bit;
        if (is_flip()) {
            bound.values = lane_mask();
            out_.push_back(bound);
            return;
        }
        bound.shape = shape();
        room(bound, 2);
        add(bound, [&](int lane) { return entry(bool(lane & bit), bool(lane & bit), lane); });
        add(bound, [&](int lane) { return entry(bool(lane & bit), !(lane & bit), lane); });
        finish(bound);
    }

    void quad() {
        if (at_.in_vector(0) && at_.in_vector(1)) return quad_vector();
        if (at_.in_lane(0) && at_.in_lane(1)) return quad_lane();
        quad_mixed(at_.in_vector(0) ? 0 : 1);
    }

    void quad_vector() {
        const std::size_t first = at_.vector_bit(0), second = at_.vector_bit(1);
        const bool plain_swap = is_swap() && !at_.lane_controls;
        Bound<T> bound = fresh(plain_swap ? Kind::exchange : Kind::quad_vector, first | second);
        bound.offset[0] = first;
        bound.offset[1] = second;
        if (!plain_swap) {
            room(bound, 16);
            for (int e = 0; e < 16; ++e) add(bound, [&](int lane) { return entry(e >> 2, e & 3, lane); });
        }
        finish(bound);
    }

    // `high`: which of the two targets is the vector bit.
    void quad_mixed(int high) {
        const int low = 1 - high, bit = 1 << at_.place[low];
        Bound<T> bound = fresh(Kind::quad_mixed, at_.vector_bit(high));
        bound.offset[0] = at_.vector_bit(high);
        bound.lane_bit[0] = bit;
        room(bound, 8);
        auto index = [&](int vector, int lane_set) { return vector << high | lane_set << low; };
        for (int h = 0; h < 2; ++h) {
            for (int g = 0; g < 2; ++g) {
                add(bound, [&](int l) { return entry(index(h, bool(l & bit)), index(g, bool(l & bit)), l); });
                add(bound, [&](int l) { return entry(index(h, bool(l & bit)), index(g, !(l & bit)), l); });
            }
        }
        finish(bound);
    }

    void quad_lane() {
        Bound<T> bound = fresh(Kind::quad_lane, 0);
        const int low = at_.place[0] < at_.place[1] ? 0 : 1, high = 1 - low;
        bound.lane_bit[0] = 1 << at_.place[low];
        bound.lane_bit[1] = 1 << at_.place[high];
        room(bound, 4);
        for (int d = 0; d < 4; ++d) {
            const int flipped = (d & 1) << low | (d >> 1) << high;
            add(bound, [&](int l) {
                const int row = int(bool(l & bound.lane_bit[0])) << low | int(bool(l & bound.lane_bit[1])) << high;
                return entry(row, row ^ flipped, l);
            });
        }
        finish(bound);
    }

    // One bound operation for each value of the targets outside the block; in it, one phase for each
    // value of the targets among vector bits.
    void diagonal() {
        std::vector<int> outside_targets, vector_targets;
        std::size_t vector_mask = 0;
        Index outside_mask = 0;
        for (std::size_t t = 0; t < op_.targets.size(); ++t) {
            if (at_.place[t] < 0) {
                outside_targets.push_back(static_cast<int>(t));
                outside_mask |= Index(1) << op_.targets[t];
            } else if (at_.in_vector(static_cast<int>(t))) {
                vector_targets.push_back(static_cast<int>(t));
                vector_mask |= at_.vector_bit(static_cast<int>(t));
            }
        }
        const Complex neutral = purpose_ == Purpose::apply ? 1.0 : 0.0;
        const int phases = 1 << vector_targets.size();
        for (int o = 0; o < 1 << outside_targets.size(); ++o) {
            Bound<T> bound = fresh(Kind::diagonal, vector_mask);
            bound.block_mask |= outside_mask;
            int outside_row = 0;
            for (std::size_t i = 0; i < outside_targets.size(); ++i) {
                if (!(o >> i & 1)) continue;
                outside_row |= 1 << outside_targets[i];
                bound.block_value |= Index(1) << op_.targets[outside_targets[i]];
            }
            bound.offsets = arena_.offsets.take(phases);
            room(bound, phases);
            for (int p = 0; p < phases; ++p) {
                int row = outside_row;
                std::size_t offset = 0;
                for (std::size_t i = 0; i < vector_targets.size(); ++i) {
                    if (!(p >> i & 1)) continue;
                    row |= 1 << vector_targets[i];
                    offset |= at_.vector_bit(vector_targets[i]);
                }
                bool acts = false;
                add(bound, [&](int lane) {
                    int full = row;
                    for (std::size_t t = 0; t < op_.targets.size(); ++t) {
                        if (at_.in_lane(static_cast<int>(t)) && (lane >> at_.place[t] & 1)) full |= 1 << t;
                    }
                    const std::size_t source = entry(full, full, lane);
                    acts = acts || m_[source] != neutral;
                    return source;
                });
                if (acts) {
                    bound.offsets[bound.count++] = offset;
                } else {
                    --bound.entries;
                }
            }
            if (bound.count) finish(bound);
        }
    }

    void dense() {
        Bound<T> bound = fresh(Kind::dense, 0);
        bound.subset.fixed = at_.lane_controls | at_.vector_controls << at_.lane_bits;
        bound.subset.inserted = bound.subset.fixed;
        for (int place : at_.place) bound.subset.inserted |= std::size_t(1) << place;
        bound.subset.count = (std::size_t(1) << at_.width) >> popcount(bound.subset.inserted);
        bound.count = dim();
        bound.offsets = arena_.offsets.take(dim());
        for (int r = 0; r < dim(); ++r) {
            bound.offsets[r] = 0;
            for (std::size_t t = 0; t < at_.place.size(); ++t) {
                if (r >> t & 1) bound.offsets[r] |= std::size_t(1) << at_.place[t];
            }
        }
        bound.scratch = arena_.values.take(std::size_t(2) * dim());
        bound.entries = dim() * dim();
        bound.values = arena_.values.take(std::size_t(2) * bound.entries);
        bound.source = arena_.offsets.take(bound.entries);
        for (int e = 0; e < bound.entries; ++e) bound.source[e] = e;
        finish(bound);
    }
};

}  // namespace

template <typename T>
void refill(const Bound<T>& bound, const Complex* matrix, int lanes, int samples) {
    T* to = bound.values;
    const std::size_t* from = bound.source;
    const int width = bound.kind == Kind::dense ? 1 : lanes;
    for (int e = 0; e < bound.entries; ++e, from += width, to += 2 * width) {
        const bool uniform = from[0] & kUniform;
        if (uniform && samples == 1) {
            const Complex x = matrix[from[0] & ~kUniform];
            std::fill_n(to, width, static_cast<T>(x.real()));
            std::fill_n(to + width, width, static_cast<T>(x.imag()));
            continue;
        }
        for (int lane = 0; lane < width; ++lane) {
            const Complex x = matrix[(uniform ? from[0] & ~kUniform : from[lane]) * samples + (lane & (samples - 1))];
            to[lane] = static_cast<T>(x.real());
            to[lane + width] = static_cast<T>(x.imag());
        }
    }
}

template void refill<float>(const Bound<float>&, const Complex*, int, int);
template void refill<double>(const Bound<double>&, const Complex*, int, int);

template <typename T>
void bind_operation(const Operation& op, const Complex* matrix, Purpose purpose, const Places& places, int width, int lanes,
          Arena<T>& arena, std::vector<Bound<T>>& out) {
    Binder<T>(op, matrix, purpose, places, width, lanes, arena, out).run();
}

template void bind_operation<float>(const Operation&, const Complex*, Purpose, const Places&, int, int, Arena<float>&,
                          std::vector<Bound<float>>&);
template void bind_operation<double>(const Operation&, const Complex*, Purpose, const Places&, int, int, Arena<double>&,
                           std::vector<Bound<double>>&);

}  // namespace qsetu
