// What XLA calls for by number. A number is data to XLA: a new circuit of a known shape compiles nothing,
// and a number that means nothing is an error, where a pointer would be a crash.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

namespace qsetu {

template <typename T>
class Registry {
public:
    // Never destroyed: XLA's threads may still run when the process ends.
    static Registry& instance() {
        static auto* registry = new Registry;
        return *registry;
    }

    // Kept to the end of the process: an executable that holds the number as a constant may be called
    // at any time. Numbers start at 1.
    std::int32_t add(std::shared_ptr<const T> entry) {
        std::lock_guard<std::mutex> hold(guard_);
        if (entries_.size() >= INT32_MAX) throw std::length_error("no more numbers for programs");
        entries_.push_back(std::move(entry));
        return static_cast<std::int32_t>(entries_.size());
    }

    std::shared_ptr<const T> find(std::int32_t number, const char* what) const {
        std::lock_guard<std::mutex> hold(guard_);
        if (number < 1 || static_cast<std::size_t>(number) > entries_.size()) {
            throw std::invalid_argument("qsetu has no " + std::string(what) + " with the number " +
                                        std::to_string(number) + " in this process");
        }
        return entries_[number - 1];
    }

private:
    mutable std::mutex guard_;
    std::vector<std::shared_ptr<const T>> entries_;
};

}  // namespace qsetu
