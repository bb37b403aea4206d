// Where amplitudes lie when X, CX and SWAP move none of them but change what an index means. The index p of an
// amplitude stands for the basis state whose qubit q is parity(p & row[q]) ^ bit q of `ones`; p ^ flip[q] stands for
// the basis state in which that qubit, and no other, is flipped. (row and flip: an invertible matrix over the
// field of two elements, and its inverse.) For states of few qubits.
#pragma once

#include <utility>
#include <vector>

#include "bits.hpp"
#include "program.hpp"

namespace qsetu {

struct Frame {
    std::vector<Index> row, flip;
    Index ones = 0;

    explicit Frame(int num_qubits) {
        for (int q = 0; q < num_qubits; ++q) row.push_back(Index(1) << q), flip.push_back(Index(1) << q);
    }

    // An operation that only moves amplitudes, taken in; false if it is none of these.
    bool take(const Operation& op) {
        if (op.is_x() && popcount(op.control_mask) <= 1) {
            const int t = op.targets[0];
            if (!op.control_mask) {
                ones ^= Index(1) << t;
                return true;
            }
            const int c = log2_of(op.control_mask);
            row[t] ^= row[c];
            flip[c] ^= flip[t];
            ones ^= (ones >> c & 1) << t;
            return true;
        }
        if (op.is_swap() && !op.control_mask) {
            const int a = op.targets[0], b = op.targets[1];
            std::swap(row[a], row[b]);
            std::swap(flip[a], flip[b]);
            if ((ones >> a ^ ones >> b) & 1) ones ^= Index(1) << a | Index(1) << b;
            return true;
        }
        return false;
    }

    // The basis state that each index stands for.
    std::vector<std::uint32_t> states() const {
        std::vector<std::uint32_t> result(std::size_t(1) << row.size(), static_cast<std::uint32_t>(ones));
        for (std::size_t b = 0; b < row.size(); ++b) {
            std::uint32_t column = 0;  // what bit b of an index flips
            for (std::size_t q = 0; q < row.size(); ++q) column |= std::uint32_t(row[q] >> b & 1) << q;
            const std::size_t half = std::size_t(1) << b;
            for (std::size_t p = 0; p < half; ++p) result[half + p] = result[p] ^ column;
        }
        return result;
    }
    // True if the qubit is one bit of the index, as it is without a frame.
    bool plain(int q) const { return row[q] == flip[q] && popcount(row[q]) == 1 && !(ones >> q & 1); }
    bool trivial() const {
        for (std::size_t q = 0; q < row.size(); ++q) {
            if (row[q] != Index(1) << q) return false;
        }
        return ones == 0;
    }
};

}  // namespace qsetu
