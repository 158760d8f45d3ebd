// Lua's patterns over a string, with the steps of the matcher counted: a pattern whose matching explodes is
// stopped like any other endless computation. Syntax and results are those of Lua 5.4's manual,
// section 6.4.1. Plain C++; string.find and its relatives are made of it in string_library.cpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace p9mmu::workloads {

class PatternMatcher {
 public:
  static constexpr std::size_t kMostCaptures = 32;

  /// A part of the subject, or a position in it.
  struct Capture {
    std::size_t begin = 0;
    std::size_t length = 0;
    bool is_position = false;
  };

  enum class Outcome : std::uint8_t { matched, failed, out_of_steps };

  /// `pattern` is without its anchor; both views must outlive the matcher. `steps` bounds all matching of
  /// this object together.
  PatternMatcher(std::string_view subject, std::string_view pattern, std::uint64_t steps)
      : subject_(subject), pattern_(pattern), steps_(steps), steps_left_(steps) {}

  /// Tries to match at `begin` alone. Throws mmu::UserError for a malformed pattern.
  Outcome match_at(std::size_t begin);

  /// Where the last match ended.
  [[nodiscard]] std::size_t end() const { return end_; }
  [[nodiscard]] std::size_t captures() const { return captures_; }
  [[nodiscard]] Capture capture(std::size_t index) const { return capture_[index]; }
  [[nodiscard]] std::uint64_t steps_used() const { return steps_ - steps_left_; }

 private:
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);
  static constexpr int kDeepest = 200;

  std::size_t match(std::size_t s, std::size_t p);
  std::size_t match_repeated(std::size_t s, std::size_t p, std::size_t item_end);
  std::size_t match_longest(std::size_t s, std::size_t p, std::size_t item_end);
  std::size_t match_shortest(std::size_t s, std::size_t p, std::size_t item_end);
  std::size_t match_balanced(std::size_t s, std::size_t p);
  std::size_t open_capture(std::size_t s, std::size_t p);
  std::size_t close_capture(std::size_t s, std::size_t p);
  std::size_t match_back_reference(std::size_t s, char digit);
  bool at_frontier(std::size_t s, std::size_t set, std::size_t set_end);

  [[nodiscard]] std::size_t item_end(std::size_t p) const;
  [[nodiscard]] bool single_matches(std::size_t s, std::size_t p, std::size_t item_end);
  [[nodiscard]] bool set_holds(char c, std::size_t set, std::size_t set_end) const;
  void step();

  std::string_view subject_;
  std::string_view pattern_;
  std::uint64_t steps_;
  std::uint64_t steps_left_;
  int depth_ = 0;
  std::size_t end_ = 0;
  std::size_t captures_ = 0;
  std::array<Capture, kMostCaptures> capture_{};
  std::array<bool, kMostCaptures> open_{};
};

}  // namespace p9mmu::workloads
