// Threads that stay for the next call: to make one takes longer than a batch of small states. Each call has its own
// while it runs, so that calls at once never wait for each other.
#pragma once

#include <functional>
#include <memory>
#include <vector>

namespace qsetu {

class Helper;

// Some helpers, given back at the end.
class Crew {
public:
    // As many as wanted, or fewer where the system gives no more threads.
    explicit Crew(int wanted);
    ~Crew();
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    int size() const { return static_cast<int>(helpers_.size()); }

    // task(true) here and task(false) on the helpers; returns when all are done. Helpers that have not begun when
    // this thread is done are let off. The task may not throw.
    void run(const std::function<void(bool)>& task);

private:
    std::vector<Helper*> helpers_;
};

}  // namespace qsetu
