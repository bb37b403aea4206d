#include "order.hpp"

#include <algorithm>

#include "bits.hpp"

namespace qsetu {
namespace {

constexpr int kRotationsInSweep = 3;  // 2^3 vectors of one plane fill the registers of AVX2
constexpr int kTableQubits = 4;       // diagonals on more qubits change few amplitudes: better alone
// So many pieces that have to wait end a search: time is linear in the circuit even where a few qubits stay free.
constexpr std::size_t kMostLeft = 1024;

Piece whole(const Step& step, int index) {
    const Operation& op = step.operation;
    const Index targets = op.targets.mask();
    Piece piece{index, Role::whole, op.diagonal ? 0 : targets, op.control_mask | (op.diagonal ? targets : 0), 0, 1};
    if (!op.diagonal) return piece;
    piece.ones = targets | op.control_mask;
    int changing = 0;
    const int dim = op.dim();
    for (int row = 0; row < dim; ++row) {
        if (step.generic[row * dim + row] == 1.0) continue;
        ++changing;
        for (std::size_t t = 0; t < op.targets.size(); ++t) {
            if (!(row >> t & 1)) piece.ones &= ~(Index(1) << op.targets[t]);
        }
    }
    piece.share = double(changing) / dim / double(Index(1) << popcount(op.control_mask));
    return piece;
}

std::vector<Piece> pieces_of(const std::vector<Step>& all, const std::vector<int>& chosen) {
    std::vector<Piece> pieces;
    pieces.reserve(2 * chosen.size());
    for (int index : chosen) {
        const Step& step = all[index];
        const bool parametric = step.alone() && step.operation.parametric();
        if (!step.turns) {
            pieces.push_back(whole(step, index));
            pieces.back().parametric = parametric;
            continue;
        }
        const Index q = Index(1) << step.operation.targets[0];
        if (has_right(step.sides)) pieces.push_back({index, Role::right, 0, q, 0, 1});
        pieces.push_back({index, Role::rotation, q, 0, 0, 1, parametric});
        if (has_left(step.sides)) pieces.push_back({index, Role::left, 0, q, 0, 1});
    }
    return pieces;
}

class Orderer {
public:
    Orderer(std::vector<Piece> pieces, const Geometry& geometry) : waiting_(std::move(pieces)), at_(geometry) {
        for (std::size_t q = 0; q < at_.places.size(); ++q) {
            const int place = at_.places[q];
            if (place >= 0 && place < at_.lane_bits) lanes_ |= Index(1) << q;
            if (place >= 0 && place < at_.tile) tile_ |= Index(1) << q;
        }
        for (const Piece& p : waiting_) mixed_ |= p.mixed;
    }

    // What mixes goes first, in the tile and then beyond it; diagonals wait until nothing else can go on,
    // so that as many as possible are there to share a table.
    std::vector<Group> run() {
        while (head_ < waiting_.size()) {
            bool moved = false;
            for (bool tiled : {true, false}) {
                while (mix(tiled)) moved = true;
            }
            if (!moved) diagonals(take([](const Piece& p) { return p.diagonal(); }));
        }
        return std::move(groups_);
    }

private:
    std::vector<Piece> waiting_;  // from head_ on
    std::vector<Piece> left_;     // of the search at hand
    std::size_t head_ = 0;
    const Geometry& at_;
    Index lanes_ = 0, tile_ = 0;
    Index mixed_ = 0;  // qubits that any piece mixes
    std::vector<Group> groups_;

    // Removes, in order, the wanted pieces that commute with all that is left before them. The search ends
    // where nothing can commute any more; what it left moves up to that place.
    template <typename Wanted>
    std::vector<Piece> take(const Wanted& wanted) {
        std::vector<Piece> taken;
        std::vector<Piece>& left = left_;
        left.clear();
        Index left_mixed = 0, left_read = 0;
        std::size_t at = head_;
        for (; at < waiting_.size() && (left_mixed != mixed_ || !mixed_) && left.size() < kMostLeft; ++at) {
            const Piece& p = waiting_[at];
            const bool commutes = !(p.mixed & (left_mixed | left_read)) && !(p.read & left_mixed);
            if (commutes && wanted(p)) {
                taken.push_back(p);
            } else {
                left_mixed |= p.mixed;
                left_read |= p.read;
                left.push_back(p);
            }
        }
        head_ = at - left.size();
        std::copy(left.begin(), left.end(), waiting_.begin() + static_cast<std::ptrdiff_t>(head_));
        return taken;
    }

    bool mix(bool tiled) {
        auto here = [&](const Piece& p) { return !p.diagonal() && ((p.mixed & ~tile_) == 0) == tiled; };
        const auto turning = take([&](const Piece& p) { return p.role == Role::rotation && here(p); });
        rotations(turning, tiled);
        const auto others = take([&](const Piece& p) { return p.role != Role::rotation && here(p); });
        for (const Piece& p : others) groups_.push_back({Group::Kind::single, tiled, {p}});
        return !turning.empty() || !others.empty();
    }

    // Lane bits share a sweep of their own: with vector bits beside them the registers do not suffice.
    void rotations(const std::vector<Piece>& pieces, bool tiled) {
        for (bool on_lanes : {true, false}) {
            Group group{Group::Kind::rotations, tiled, {}};
            Index used = 0;
            for (const Piece& p : pieces) {
                if (bool(p.mixed & lanes_) != on_lanes) continue;
                if ((!on_lanes && popcount(used) == kRotationsInSweep) || (used & p.mixed)) {
                    groups_.push_back(std::move(group));
                    group = {Group::Kind::rotations, tiled, {}};
                    used = 0;
                }
                used |= p.mixed;
                group.pieces.push_back(p);
            }
            if (used) groups_.push_back(std::move(group));
        }
    }

    void diagonals(std::vector<Piece> pool) {
        while (!pool.empty()) {
            Group group{Group::Kind::phases, true, {pool.front()}};
            pool.erase(pool.begin());
            Index bits = group.pieces[0].qubits(), ones = group.pieces[0].ones;
            double share = group.pieces[0].share;
            const bool fits = popcount(bits) <= kTableQubits && popcount(bits & ~lanes_) <= at_.table_bits;
            while (fits) {  // the piece that adds the fewest bits joins
                std::size_t best = pool.size();
                int least = at_.table_bits + 1;
                for (std::size_t i = 0; i < pool.size(); ++i) {
                    if (popcount(pool[i].qubits()) > kTableQubits) continue;
                    const int total = popcount((bits | pool[i].qubits()) & ~lanes_);
                    if (total < least) least = total, best = i;
                }
                if (best == pool.size()) break;
                bits |= pool[best].qubits();
                ones &= pool[best].ones;
                share += pool[best].share;
                group.pieces.push_back(pool[best]);
                pool.erase(pool.begin() + static_cast<std::ptrdiff_t>(best));
            }
            const bool whole = std::all_of(group.pieces.begin(), group.pieces.end(),
                                           [](const Piece& p) { return p.role == Role::whole; });
            const double table_share = 1 / double(Index(1) << popcount(ones & ~lanes_));
            if (!fits || (whole && share <= table_share)) {
                for (const Piece& p : group.pieces) groups_.push_back({Group::Kind::single, true, {p}});
            } else {
                groups_.push_back(std::move(group));
            }
        }
    }
};

}  // namespace

std::vector<Group> order(const std::vector<Step>& all, const std::vector<int>& chosen, const Geometry& geometry) {
    return Orderer(pieces_of(all, chosen), geometry).run();
}

}  // namespace qsetu
