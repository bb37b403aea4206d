#include "seats.hpp"

#include <algorithm>
#include <numeric>

namespace qsetu {

std::vector<Seats> seats(const std::vector<Pass>& passes, int num_qubits) {
    const int count = static_cast<int>(passes.size());
    std::vector<Seats> result(count + 1, Seats(num_qubits));
    std::iota(result[count].begin(), result[count].end(), 0);
    // When each qubit was local last before a pass: so that those the passes before it want next lie lowest.
    std::vector<std::vector<int>> last(count, std::vector<int>(num_qubits, -1));
    for (int t = 1; t < count; ++t) {
        last[t] = last[t - 1];
        for (int q : passes[t - 1].local) last[t][q] = t - 1;
    }
    // From the end, whose seats are given, to the beginning, where any will do: each pass may exchange the seats of
    // its local qubits, and no others.
    for (int t = count; t-- > 0;) {
        result[t] = result[t + 1];
        std::vector<int> qubits = passes[t].local, free;
        std::sort(qubits.begin(), qubits.end());
        qubits.erase(qubits.begin(), std::lower_bound(qubits.begin(), qubits.end(), kSegmentQubits));
        for (int q : qubits) free.push_back(result[t][q]);
        std::sort(free.begin(), free.end());
        std::stable_sort(qubits.begin(), qubits.end(), [&](int a, int b) { return last[t][a] > last[t][b]; });
        for (std::size_t i = 0; i < qubits.size(); ++i) result[t][qubits[i]] = free[i];
    }
    return result;
}

}  // namespace qsetu
