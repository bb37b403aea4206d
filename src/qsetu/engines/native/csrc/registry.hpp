// What XLA calls for by name, 128 bits of the hash of its content. A name is data to XLA: a new circuit of
// a known shape compiles nothing. A name that means nothing here, as in an executable from another process,
// is an error, where a pointer would be a crash and a running number another circuit.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>

namespace qsetu {

using Name = std::array<std::int32_t, 4>;

template <typename T>
class Registry {
public:
    // Never destroyed: XLA's threads may still run when the process ends.
    static Registry& instance() {
        static auto* registry = new Registry;
        return *registry;
    }

    // Kept to the end of the process: an executable that holds the name as a constant may be called at any
    // time. An entry that is there already stays.
    void add(const Name& name, std::shared_ptr<const T> entry) {
        std::lock_guard<std::mutex> hold(guard_);
        entries_.emplace(name, std::move(entry));
    }

    bool contains(const Name& name) const {
        std::lock_guard<std::mutex> hold(guard_);
        return entries_.count(name) != 0;
    }

    std::shared_ptr<const T> find(const Name& name, const char* what) const {
        std::lock_guard<std::mutex> hold(guard_);
        const auto found = entries_.find(name);
        if (found == entries_.end()) {
            throw std::invalid_argument("qsetu: no such " + std::string(what) +
                                        " in this process; trace the function here");
        }
        return found->second;
    }

private:
    mutable std::mutex guard_;
    std::map<Name, std::shared_ptr<const T>> entries_;
};

}  // namespace qsetu
