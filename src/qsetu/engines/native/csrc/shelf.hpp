// What is costly to make from a circuit and can be used again, by one run at a time: passes bound to kernels,
// buffers. A run borrows an item and puts it back; two runs at once have one each.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <typeindex>
#include <vector>

namespace qsetu {

class Shelf {
public:
    template <typename Item>
    class Loan {
    public:
        Loan(Shelf& shelf, int key, std::shared_ptr<Item> item) : shelf_(shelf), key_(key), item_(std::move(item)) {}
        Loan(const Loan&) = delete;
        Loan& operator=(const Loan&) = delete;
        ~Loan() { shelf_.put(typeid(Item), key_, item_); }
        Item& operator*() const { return *item_; }
        Item* operator->() const { return item_.get(); }

    private:
        Shelf& shelf_;
        int key_;
        std::shared_ptr<Item> item_;
    };

    // An item put back under this key, or make()'s.
    template <typename Item, typename Make>
    Loan<Item> borrow(int key, const Make& make) {
        std::shared_ptr<void> found = get(typeid(Item), key);
        return Loan<Item>(*this, key, found ? std::static_pointer_cast<Item>(found) : std::shared_ptr<Item>(make()));
    }

private:
    using Place = std::pair<std::type_index, int>;
    std::mutex guard_;
    std::map<Place, std::vector<std::shared_ptr<void>>> items_;

    std::shared_ptr<void> get(const std::type_info& type, int key) {
        std::lock_guard<std::mutex> hold(guard_);
        auto& kept = items_[Place(type, key)];
        if (kept.empty()) return nullptr;
        std::shared_ptr<void> item = std::move(kept.back());
        kept.pop_back();
        return item;
    }
    void put(const std::type_info& type, int key, std::shared_ptr<void> item) {
        std::lock_guard<std::mutex> hold(guard_);
        items_[Place(type, key)].push_back(std::move(item));
    }
};

}  // namespace qsetu
