// Work dealt out to threads, with a stop flag that a Ctrl-C can raise.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "crew.hpp"

namespace qsetu {

struct Interrupted : std::runtime_error {
    Interrupted() : std::runtime_error("interrupted") {}
};

class Workers {
public:
    // `poll` is called on the calling thread only, and says whether to stop.
    Workers(int threads, std::function<bool()> poll) : threads_(std::max(1, threads)), poll_(std::move(poll)) {}

    int threads() const { return threads_; }

    // To be called now and then; throws Interrupted. Only the thread that made this may ask Python; the others stop
    // when one has failed.
    void checkpoint() const {
        const bool stop = std::this_thread::get_id() == caller_ ? poll_ && poll_() : stop_.load();
        if (stop) throw Interrupted();
    }

    // body(begin, end) over disjoint pieces that cover [0, count); the calling thread takes the first.
    // `grain` is the least number of items worth a thread.
    template <typename Body>
    void split(std::uint64_t count, std::uint64_t grain, const Body& body) const {
        const std::uint64_t wanted = std::min<std::uint64_t>(threads_, count / std::max<std::uint64_t>(grain, 1));
        if (wanted <= 1) {
            body(std::uint64_t(0), count);
            return;
        }
        // A few pieces a thread: one that starts late or is held up leaves its share to the others.
        const std::uint64_t pieces = std::min(4 * wanted, count / std::max<std::uint64_t>(grain, 1));
        each(pieces, [&](std::uint64_t piece) { body(count * piece / pieces, count * (piece + 1) / pieces); });
    }

    // body(item) for every item, dealt out one by one.
    template <typename Body>
    void each(std::uint64_t count, const Body& body) const {
        each_with(count, [] { return 0; }, [&](int, std::uint64_t item, bool) { body(item); });
    }

    // body(state, item, is_caller) for every item, dealt out one by one; `state` is what make() gave the
    // thread. Stops early when interrupted.
    template <typename Make, typename Body>
    void each_with(std::uint64_t count, const Make& make, const Body& body) const {
        std::atomic<std::uint64_t> next{0};
        std::exception_ptr failure;
        std::mutex guard;
        auto run = [&](bool is_caller) {
            try {
                auto&& state = make();
                for (std::uint64_t item = next++; item < count; item = next++) {
                    if (is_caller) checkpoint();
                    body(state, item, is_caller);
                }
            } catch (...) {
                std::lock_guard<std::mutex> hold(guard);
                if (!failure) failure = std::current_exception();
                stop_ = true;
                next = count;
            }
        };
        Crew crew(static_cast<int>(std::min<std::uint64_t>(threads_, count)) - 1);
        crew.run(run);
        if (failure) std::rethrow_exception(failure);
    }

    // body(team, is_caller) on up to `threads` threads; in it, rounds of shared work.
    template <typename Body>
    void together(int threads, const Body& body) const;

private:
    int threads_;
    std::function<bool()> poll_;
    std::thread::id caller_ = std::this_thread::get_id();
    mutable std::atomic<bool> stop_{false};
};

// What the threads of Workers::together share. A thread that wakes up late joins in the round that is on by then;
// nobody waits for one that has not come. A failure on one stops all at their next step.
class Team {
public:
    explicit Team(const Workers& workers) : workers_(workers) {}

    // body(item) for every item of a round, dealt out one by one. Each thread goes through the rounds 0, 1, 2, ...;
    // the caller returns when all is done, and so opens the next one.
    template <typename Body>
    void round(std::uint64_t number, std::uint64_t count, bool is_caller, const Body& body) {
        for (int spins = 0; !stop_;) {
            std::uint64_t at = next_;
            if (at >> kItemBits > number) return;
            if (at >> kItemBits < number) {
                if (++spins > kSpins) std::this_thread::yield();
                continue;
            }
            const std::uint64_t item = at & ((std::uint64_t(1) << kItemBits) - 1);
            if (item == count) break;
            if (!next_.compare_exchange_weak(at, at + 1)) continue;
            if (is_caller) workers_.checkpoint();
            body(item);
            ++done_;
        }
        if (!is_caller) return;
        for (int spins = 0; done_ != count && !stop_; ++spins) {
            if (spins <= kSpins) continue;
            spins = kSpins;
            std::this_thread::yield();
            workers_.checkpoint();
        }
        done_ = 0;
        next_ = (number + 1) << kItemBits;
    }
    bool stopped() const { return stop_; }
    void stop() { stop_ = true; }

private:
    static constexpr int kItemBits = 40, kSpins = 2000;

    const Workers& workers_;
    std::atomic<std::uint64_t> next_{0};  // the round that is on, and its next item
    std::atomic<std::uint64_t> done_{0};  // items of this round
    std::atomic<bool> stop_{false};
};

template <typename Body>
void Workers::together(int threads, const Body& body) const {
    Crew crew(threads - 1);
    Team team(*this);
    std::exception_ptr failure;
    std::mutex guard;
    auto run = [&](bool is_caller) {
        try {
            body(team, is_caller);
        } catch (...) {
            team.stop();
            std::lock_guard<std::mutex> hold(guard);
            if (!failure) failure = std::current_exception();
        }
    };
    crew.run(run);
    if (failure) std::rethrow_exception(failure);
}

}  // namespace qsetu
