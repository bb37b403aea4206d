// A block is 2^m amplitudes as two planes, all real parts and all imaginary parts, in a buffer that a
// core's cache holds. A bound operation is what kernels do to a block: its matrix as one value for
// each vector lane, its qubits as offsets between vectors or as bits inside the lane index.
//
// An amplitude's index is (vector index) * lanes + lane: its lowest log2(lanes) bits are "lane bits",
// the others "vector bits".
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

#include "program.hpp"

namespace qsetu {

enum class Kind : std::uint8_t {
    nothing,
    pair_vector,   // 2x2, target is a vector bit
    pair_lane,     // 2x2, target is a lane bit
    quad_vector,   // 4x4, both targets vector bits
    quad_mixed,    // 4x4, one target a vector bit, one a lane bit
    quad_lane,     // 4x4, both targets lane bits
    diagonal,      // phases
    exchange,      // swaps whole vectors: X or SWAP on vector bits; where the lane mask is set, if there is one
    flip,          // swaps lanes: X on a lane bit, where the lane mask is set
    dense,         // any matrix, one amplitude at a time
    rotate,        // real rotations on several bits in one sweep
    phases,        // many diagonal gates as one table
    permute,       // moves whole vectors
};

// Which parts of a 2x2 matrix can be other than 0.
enum class Shape : std::uint8_t {
    full,
    real,   // all entries real: RY, H, X
    cross,  // diagonal real, off-diagonal imaginary: RX
};

// A subset of vectors: those whose index has `fixed` where `inserted` is set. Enumerated by
// counting in the bits that are not inserted: next = ((index | inserted) + 1) & ~inserted.
struct Subset {
    std::size_t inserted = 0;
    std::size_t fixed = 0;  // the control bits, all 1
    std::size_t count = 0;
};

// Plain data only: kernels are compiled for several instruction sets, and a library template used in
// them could be linked into code that runs on a lesser machine.
template <typename T>
struct Bound {
    Kind kind = Kind::nothing;
    Shape shape = Shape::full;
    Subset subset;                   // of vectors; dense: of single amplitudes
    std::size_t offset[3] = {0, 0, 0};  // vector offsets of the targets (exchange: the two places)
    int lane_bit[2] = {0, 0};           // masks of the targets inside the lane index, ascending
    int lane_set = 0;                   // rotate: mask of all targets inside the lane index
    // diagonal: vector offset of each phase; dense: element offset of each matrix row
    std::size_t* offsets = nullptr;
    int count = 0;         // number of offsets; rotate: of vector targets
    bool scaled = false;   // rotate: the diagonals are other than 1
    // phases: the table entry of each vector; permute: the vector that each one is taken from
    const std::uint16_t* map = nullptr;
    // rotate, phases: the vectors' indices where they are no subset (see frame.hpp). A rotation's offsets are then
    // taken by exclusive or, and do not have to be single bits.
    const std::uint16_t* places = nullptr;
    T* values = nullptr;   // one value per lane, see each kernel
    T* scratch = nullptr;  // dense: room for 2 * count numbers; permute: for a plane
    // Where `values` come from: for entry e and lane l, source[e * lanes + l] is an index into the matrix
    // (row-major), or one past it for 1, or two past it for 0. The first of an entry's sources has
    // kUniform set when they are all the same. Dense: one source an entry.
    std::size_t* source = nullptr;
    int entries = 0;
    // Runs only in blocks whose position has `block_value` where `block_mask` is set.
    Index block_mask = 0, block_value = 0;
};

// Memory for the lane values of bound operations, cache-line aligned, reused from run to run.
template <typename Item>
class Chunks {
public:
    Chunks() = default;
    Chunks(const Chunks&) = delete;
    Chunks& operator=(const Chunks&) = delete;
    ~Chunks() {
        for (Chunk& chunk : chunks_) ::operator delete[](chunk.data, std::align_val_t(64));
    }
    Item* take(std::size_t count) {
        count = (count + 63) / 64 * 64;  // every piece starts on a cache line
        for (; current_ < chunks_.size(); ++current_, used_ = 0) {
            if (used_ + count <= chunks_[current_].size) break;
        }
        if (current_ == chunks_.size()) {
            // The first pieces are small: many a circuit needs no more.
            const std::size_t usual = chunks_.empty() ? 512 : chunks_.size() == 1 ? 2048 : 1 << 14;
            const std::size_t size = std::max(count, usual);
            chunks_.push_back({static_cast<Item*>(::operator new[](size * sizeof(Item), std::align_val_t(64))), size});
        }
        used_ += count;
        return chunks_[current_].data + used_ - count;
    }
    void reset() { current_ = 0, used_ = 0; }

private:
    struct Chunk {
        Item* data;
        std::size_t size;
    };
    std::vector<Chunk> chunks_;
    std::size_t current_ = 0, used_ = 0;
};

template <typename T>
struct Arena {
    Chunks<T> values;
    Chunks<std::size_t> offsets;
    void reset() { values.reset(), offsets.reset(); }  // `offsets` holds sources, too
};

// Planes of a block.
template <typename T>
struct Planes {
    T *re, *im;
    Planes operator+(std::size_t offset) const { return {re + offset, im + offset}; }
};

// Room for a block, with half the sets of a first-level cache between its planes: right behind each other, one's
// lines would push out the other's.
template <typename T>
Planes<T> take_planes(Chunks<T>& chunks, std::size_t size) {
    constexpr std::size_t gap = 2048 / sizeof(T);
    T* re = chunks.take(2 * size + gap);
    return {re, re + size + gap};
}

constexpr std::size_t kUniform = std::size_t(1) << 63;

constexpr int kMostLanes = 16;  // of any instruction set and precision

// What one instruction set offers for one precision.
template <typename T>
struct Kernels {
    const char* name;
    int lanes;
    void (*run)(const Bound<T>& op, T* re, T* im);
    // out[lane] += its part of Re <bra| K |ket> for a bound K; planes of both states.
    void (*slope)(const Bound<T>& op, const T* bra_re, const T* bra_im, const T* ket_re, const T* ket_im, double* out);
    // Slopes of a rotation sweep: out[j][lane] += its part of the sum of bra_high ket_low - bra_low ket_high over
    // both planes, for each vector bit and then each lane bit, used or not.
    void (*rotation_slopes)(const Bound<T>& op, const T* bra_re, const T* bra_im, const T* ket_re, const T* ket_im,
                            double (*out)[kMostLanes]);
    // Slopes of a phase sweep: sums[entry] += Im conj(bra) ket over the entry's amplitudes; a vector each.
    void (*phase_slopes)(const Bound<T>& op, const T* bra_re, const T* bra_im, const T* ket_re, const T* ket_im, T* sums);
    // Of a table's first `vectors` entries, those whose index has `fixed` in `mask`: multiplied with a factor (lanes
    // re, lanes im); or added up (sums, of lanes each). fold_table: sums[v] += sums[v + half] for v < half.
    void (*multiply_table)(T* table, std::size_t vectors, std::size_t mask, std::size_t fixed, const T* factor);
    void (*sum_table)(const T* sums, std::size_t vectors, std::size_t mask, std::size_t fixed, T* out);
    void (*fold_table)(T* sums, std::size_t half);
    // sum over i of (-1)^|i & z| conj(state[i ^ x]) state[i] over `size` amplitudes.
    void (*overlap)(const T* re, const T* im, std::size_t size, std::size_t x, std::size_t z, double* out);
    // out[i ^ x] += (-1)^|i & z| (factor_re + i factor_im) state[i].
    void (*observe)(const T* re, const T* im, std::size_t size, std::size_t x, std::size_t z, T factor_re,
                    T factor_im, T* out_re, T* out_im);
    // Interleaved complex numbers from planes, and to planes times scale; count is a multiple of lanes.
    void (*split)(const T* pairs, T* re, T* im, std::size_t count);
    void (*join)(const T* re, const T* im, T scale, T* pairs, std::size_t count);
    // The same for `count` pieces of `piece` complex numbers: number s lies at starts[s] of the interleaved ones, and
    // at piece * places[s] of the planes.
    void (*gather)(const T* pairs, const Index* starts, const std::uint16_t* places, std::size_t count, std::size_t piece,
                   T* re, T* im);
    void (*scatter)(const T* re, const T* im, T scale, const Index* starts, const std::uint16_t* places, std::size_t count,
                    std::size_t piece, T* pairs);
    // Sines and cosines to double precision, whatever T is.
    void (*trig)(const double* angles, double* sines, double* cosines, std::size_t count);
    // out[i] = parts[0] + parts[1] cosines[i] + parts[2] sines[i]; out[count + i] the same with the next three parts.
    void (*blend)(const double* parts, const double* cosines, const double* sines, std::size_t count, T* out);
    // One more qubit for a product of `vectors` vectors: v goes to v times the first factor, and `vectors` further on
    // to v times the second. factors: re and im of both.
    void (*double_up)(T* re, T* im, std::size_t vectors, const T (*factors)[kMostLanes]);
    // A rotation's two numbers in each lane: cosine and sign * sine.
    void (*turn)(const double* cosines, const double* sines, double sign, T* out);
};

// The best instruction set this processor has, or the one named by QSETU_SIMD (avx512, avx2, baseline).
template <typename T>
const Kernels<T>& kernels();

// Local position of every qubit, or -1 for a qubit that is constant over the block.
using Places = std::vector<int>;

// What a bound matrix is for: to be applied (the identity where a control is 0), or to measure a
// slope with (0 there).
enum class Purpose : std::uint8_t { apply, slope };

// Binds `matrix` (row-major on op's targets) for blocks of 2^width amplitudes; appends to `out`.
// A diagonal or a control may use qubits outside the block; other targets must have a place.
//
// The structure depends on which entries are 0 or 1, the numbers on nothing else: bind once with
// generic numbers, and `refill` for others. `matrix` is followed by a 1 and a 0; with several samples, one in each
// lane, it has `samples` numbers for each entry.
template <typename T>
void refill(const Bound<T>& bound, const Complex* matrix, int lanes, int samples = 1);

template <typename T>
void bind_operation(const Operation& op, const Complex* matrix, Purpose purpose, const Places& places, int width, int lanes,
          Arena<T>& arena, std::vector<Bound<T>>& out);

}  // namespace qsetu
