#include "schedule.hpp"

#include <algorithm>

#include "bits.hpp"

namespace qsetu {
namespace {

struct Needs {
    Index mixed;  // qubits whose basis states the operation mixes: must be local
    Index read;   // qubits it only reads: controls, targets of a diagonal
};

Needs needs(const Operation& op) {
    return op.diagonal ? Needs{0, op.qubits()} : Needs{op.targets.mask(), op.control_mask};
}

class Scheduler {
public:
    Scheduler(const std::vector<Step>& steps, const std::vector<int>& chosen, int num_qubits, int width)
        : waiting_(chosen), n_(num_qubits), width_(width), everything_((Index(1) << num_qubits) - 1),
          segment_((Index(1) << std::min(kSegmentQubits, width)) - 1) {
        for (const Step& step : steps) {
            needs_.push_back(needs(step.operation));
            mixed_ |= needs_.back().mixed;
        }
    }

    std::vector<Pass> run() {
        std::vector<Pass> passes;
        do {
            Pass pass;
            Index local = width_ < n_ ? search() : everything_;
            std::vector<int> later;
            attempt(local, &pass.steps, &later);
            for (int q = 0; q < n_ && popcount(local) < width_; ++q) local |= Index(1) << q;
            pass.local = arranged(local, pass.steps);
            passes.push_back(std::move(pass));
            waiting_ = std::move(later);
        } while (!waiting_.empty());
        return passes;
    }

private:
    std::vector<int> waiting_;
    int n_, width_;
    Index everything_, segment_;
    Index mixed_ = 0;  // qubits that any step mixes
    std::vector<Needs> needs_;

    // How many steps a pass takes that starts with these local qubits, which grow to what was needed.
    int attempt(Index& local, std::vector<int>* taken, std::vector<int>* later) const {
        Index left_mixed = 0, left_read = 0;
        int count = 0;
        for (std::size_t i = 0; i < waiting_.size(); ++i) {
            const bool stuck = left_mixed != 0 && left_mixed == mixed_;  // nothing commutes with what was left
            if (stuck || static_cast<int>(i) - count >= kMostLeft) {
                if (later) later->insert(later->end(), waiting_.begin() + static_cast<std::ptrdiff_t>(i), waiting_.end());
                break;
            }
            const Needs& need = needs_[waiting_[i]];
            const bool commutes = !(need.mixed & (left_mixed | left_read)) && !(need.read & left_mixed);
            if (commutes && popcount(local | need.mixed) <= width_) {
                local |= need.mixed;
                ++count;
                if (taken) taken->push_back(waiting_[i]);
            } else {
                left_mixed |= need.mixed;
                left_read |= need.read;
                if (later) later->push_back(waiting_[i]);
            }
        }
        return count;
    }

    // Starts from the qubits of each early step and from windows of neighbors, then exchanges one local qubit
    // for another while that lets more steps in.
    Index search() const {
        Index best = segment_;
        int most = attempt(best, nullptr, nullptr);
        auto consider = [&](Index local) {
            const int count = attempt(local, nullptr, nullptr);
            if (count > most) most = count, best = local;
            return count == most && local == best;
        };
        const int room = width_ - popcount(segment_);
        for (int q = 0; q + room <= n_; ++q) consider(segment_ | ((Index(1) << room) - 1) << q);
        Index seen = 0;
        for (int m : waiting_) {
            const Index mixed = needs_[m].mixed;
            if (!(mixed & seen) && popcount(segment_ | mixed) <= width_) consider(segment_ | mixed);
            seen |= mixed;
            if (seen == everything_) break;
        }
        for (int rounds = 0; rounds < kExchanges && exchange(best, most); ++rounds) {
        }
        return best;
    }

    static constexpr int kExchanges = 8;
    // So many steps left behind end a search: time is linear in the circuit even where a few qubits stay free.
    static constexpr int kMostLeft = 4096;

    bool exchange(Index& best, int& most) const {
        for (int out = 0; out < n_; ++out) {
            if (!(best >> out & 1) || (segment_ >> out & 1)) continue;
            for (int in = 0; in < n_; ++in) {
                if (best >> in & 1) continue;
                Index local = (best & ~(Index(1) << out)) | Index(1) << in;
                const int count = attempt(local, nullptr, nullptr);
                if (count > most) {
                    most = count, best = local;
                    return true;
                }
            }
        }
        return false;
    }

    // The segment first; then the qubits with most work, which so come to lie in the tile (see order.hpp).
    std::vector<int> arranged(Index local, const std::vector<int>& steps) const {
        std::vector<int> work(n_, 0), list;
        for (int m : steps) {
            for (int q = 0; q < n_; ++q) work[q] += needs_[m].mixed >> q & 1;
        }
        for (int q = 0; q < n_; ++q) {
            if (local >> q & 1) list.push_back(q);
        }
        const auto first = list.begin() + std::min<std::ptrdiff_t>(kSegmentQubits, static_cast<std::ptrdiff_t>(list.size()));
        std::stable_sort(first, list.end(), [&](int a, int b) { return work[a] > work[b]; });
        return list;
    }
};

}  // namespace

std::vector<Pass> schedule(const std::vector<Step>& steps, const std::vector<int>& chosen, int num_qubits,
                           int width) {
    return Scheduler(steps, chosen, num_qubits, width).run();
}

}  // namespace qsetu
