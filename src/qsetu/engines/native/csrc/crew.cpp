#include "crew.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <system_error>
#include <thread>

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

namespace qsetu {
namespace {

// What comes right after something else finds its helpers awake: the next step of a training, from Python.
constexpr std::chrono::microseconds kStayAwake(100);

void pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#endif
}

}  // namespace

// idle -> posted -> running -> done -> idle; back from posted to idle when it is let off.
class Helper {
public:
    Helper() { std::thread([this] { live(); }).detach(); }

    void post(const std::function<void(bool)>& task) {
        task_ = &task;
        change(posted);
        begin_.notify_one();
    }

    void finish() {
        int expected = posted;
        if (state_.compare_exchange_strong(expected, idle)) return;
        wait(end_, done);
        state_ = idle;
    }

private:
    enum State { idle, posted, running, done };
    std::atomic<int> state_{idle};
    std::mutex guard_;
    std::condition_variable begin_, end_;
    const std::function<void(bool)>* task_ = nullptr;

    // Under the lock, so that nobody falls asleep between looking and waiting.
    void change(State to) {
        std::lock_guard<std::mutex> hold(guard_);
        state_ = to;
    }

    void wait(std::condition_variable& bell, State wanted) {
        const auto ready = [&] { return state_ == wanted; };
        const auto end = std::chrono::steady_clock::now() + kStayAwake;
        do {
            for (int spin = 0; spin < 64; ++spin) {
                if (ready()) return;
                pause();
            }
        } while (std::chrono::steady_clock::now() < end);
        std::unique_lock<std::mutex> hold(guard_);
        bell.wait(hold, ready);
    }

    void live() {
        for (;;) {
            wait(begin_, posted);
            int expected = posted;
            if (!state_.compare_exchange_strong(expected, running)) continue;  // let off meanwhile
            (*task_)(false);
            // The caller may go on, and even give this helper away, as soon as it sees `done`.
            std::lock_guard<std::mutex> hold(guard_);
            state_ = done;
            end_.notify_one();
        }
    }
};

namespace {

struct Pool {
    std::mutex guard;
    std::vector<Helper*> idle;
};

// Never destroyed: helpers sleep in it until the process ends. A child of fork has none of them.
Pool* pool = new Pool;

#if defined(__unix__) || defined(__APPLE__)
const int at_fork = pthread_atfork(nullptr, nullptr, [] { pool = new Pool; });
#endif

}  // namespace

Crew::Crew(int wanted) {
    if (wanted <= 0) return;
    {
        std::lock_guard<std::mutex> hold(pool->guard);
        while (!pool->idle.empty() && size() < wanted) {
            helpers_.push_back(pool->idle.back());
            pool->idle.pop_back();
        }
    }
    try {
        while (size() < wanted) helpers_.push_back(new Helper);
    } catch (const std::system_error&) {
        // The caller does with fewer.
    }
}

Crew::~Crew() {
    std::lock_guard<std::mutex> hold(pool->guard);
    pool->idle.insert(pool->idle.end(), helpers_.begin(), helpers_.end());
}

void Crew::run(const std::function<void(bool)>& task) {
    for (Helper* helper : helpers_) helper->post(task);
    task(true);
    for (Helper* helper : helpers_) helper->finish();
}

}  // namespace qsetu
