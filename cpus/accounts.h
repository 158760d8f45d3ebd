// Where a CPU's time went: by call path of routine names and by cause, to the picosecond. An operation is
// charged when it is issued, so that at most the last operation's charges reach past a moment in between; a
// view at such a moment cuts them off there. For each CPU the charges add up to the time that has passed:
// whoever reads a view checks that. Formatting is model/report's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "interconnect/time.h"
#include "mmu/strong.h"

namespace p9mmu::cpus {

using interconnect::Time;

enum class Cause : std::uint8_t {
  compute,
  memory,
  lock,
  barrier,
  tlbie,
  ipi_send,
  ipi_wait,
  idle_wake,
  interrupt,
  guest_exit,
  translation,
  idle
};
inline constexpr std::size_t kCauses = 12;
inline constexpr std::array<const char*, kCauses> kCauseNames = {
    "compute",  "memory",    "lock",      "barrier",    "tlbie",       "IPI send",
    "IPI wait", "idle wake", "interrupt", "guest exit", "translation", "idle"};

/// A node in the tree of call paths; 0 is the root, which is no routine.
using PathId = mmu::Strong<struct PathIdTag, std::uint32_t>;

/// The tree of all call paths seen, shared by all CPUs. Paths are numbered in the order in which they first
/// occur.
class CallPaths {
 public:
  CallPaths() { nodes_.push_back(Node{nullptr, PathId(0), {}, {}}); }

  /// The path of `routine` called from `parent`. `routine` must live as long as this object (a literal does).
  PathId child(PathId parent, const char* routine) {
    for (const PathId candidate : nodes_[parent.value()].children) {
      if (nodes_[candidate.value()].routine == routine) {
        return candidate;
      }
    }
    return add(parent, routine);
  }
  [[nodiscard]] PathId parent(PathId path) const { return nodes_[path.value()].parent; }
  [[nodiscard]] std::size_t size() const { return nodes_.size(); }
  /// The routines from the outermost, joined by ';'; empty for the root.
  [[nodiscard]] std::string text(PathId path) const;

 private:
  struct Node {
    const char* routine;
    PathId parent;
    std::vector<PathId> children;
    std::string text;
  };
  PathId add(PathId parent, const char* routine);

  std::vector<Node> nodes_;
};

/// The place of one (path, cause) in an account.
[[nodiscard]] constexpr std::uint32_t account_slot(PathId path, Cause cause) {
  return path.value() * static_cast<std::uint32_t>(kCauses) + static_cast<std::uint32_t>(cause);
}

/// One CPU's account.
class Account {
 public:
  /// Charges `span` after what is charged already.
  void charge(PathId path, Cause cause, Time span) {
    if (open_count_ == open_.size()) [[unlikely]] {
      settle();
    }
    open_[open_count_++] = Segment{account_slot(path, cause), span};
    charged_until_ += span;
  }

  /// Makes the charges so far final: no view will be asked for a moment before them.
  void settle() {
    for (std::size_t i = 0; i < open_count_; ++i) {
      add(open_[i].slot, open_[i].span);
    }
    open_count_ = 0;
  }

  /// Adds to a final charge, for spans that were summed elsewhere.
  void charge_summed(PathId path, Cause cause, Time span) {
    add(account_slot(path, cause), span);
    charged_until_ += span;
  }

  [[nodiscard]] Time charged_until() const { return charged_until_; }

  /// The charges by slot, without what reaches past `moment`.
  [[nodiscard]] std::vector<Time> view(Time moment) const;

 private:
  struct Segment {
    std::uint32_t slot;
    Time span;
  };
  void add(std::uint32_t slot, Time span) {
    if (slot >= closed_.size()) [[unlikely]] {
      closed_.resize(slot + kCauses);
    }
    closed_[slot] += span;
  }

  std::vector<Time> closed_;
  std::array<Segment, 16> open_{};
  std::size_t open_count_ = 0;
  Time charged_until_;
};

}  // namespace p9mmu::cpus
