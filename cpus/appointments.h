// The appointments of all CPUs: a binary heap by (time, CPU) in which each CPU stands at most once and can be
// moved or taken out. Nothing here waits or runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "interconnect/ids.h"
#include "interconnect/time.h"

namespace p9mmu::cpus {

using interconnect::CpuId;
using interconnect::Time;

class Appointments {
 public:
  struct Entry {
    Time at;
    std::uint32_t cpu;
  };

  explicit Appointments(std::size_t cpus) : place_(cpus, kNowhere) {}

  [[nodiscard]] bool empty() const { return heap_.empty(); }
  [[nodiscard]] const Entry& first() const { return heap_.front(); }
  [[nodiscard]] bool has(CpuId cpu) const { return place_[cpu.value()] != kNowhere; }

  void set(CpuId cpu, Time at) {
    std::size_t place = place_[cpu.value()];
    if (place == kNowhere) {
      place = heap_.size();
      heap_.push_back(Entry{at, cpu.value()});
    } else {
      heap_[place].at = at;
    }
    sift(place);
  }

  void remove(CpuId cpu) {
    const std::size_t place = place_[cpu.value()];
    if (place == kNowhere) {
      return;
    }
    place_[cpu.value()] = kNowhere;
    const Entry last = heap_.back();
    heap_.pop_back();
    if (place < heap_.size()) {
      heap_[place] = last;
      sift(place);
    }
  }

 private:
  static constexpr std::size_t kNowhere = ~std::size_t{0};

  static bool before(const Entry& a, const Entry& b) { return a.at != b.at ? a.at < b.at : a.cpu < b.cpu; }

  /// Moves the entry at `place` up or down to where it belongs.
  void sift(std::size_t place) {
    const Entry entry = heap_[place];
    while (place > 0 && before(entry, heap_[(place - 1) / 2])) {
      put(place, heap_[(place - 1) / 2]);
      place = (place - 1) / 2;
    }
    for (std::size_t child = 2 * place + 1; child < heap_.size(); child = 2 * place + 1) {
      if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) {
        ++child;
      }
      if (!before(heap_[child], entry)) {
        break;
      }
      put(place, heap_[child]);
      place = child;
    }
    put(place, entry);
  }
  void put(std::size_t place, const Entry& entry) {
    heap_[place] = entry;
    place_[entry.cpu] = place;
  }

  std::vector<Entry> heap_;
  std::vector<std::size_t> place_;
};

}  // namespace p9mmu::cpus
