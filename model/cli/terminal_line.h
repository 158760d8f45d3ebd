// One line on a terminal that changes while something goes on, and is wiped away at the end. On anything but
// a terminal it says nothing.
#pragma once

#include <string>

namespace p9mmu::model {

class TerminalLine {
 public:
  explicit TerminalLine(int descriptor);
  ~TerminalLine();
  TerminalLine(const TerminalLine&) = delete;
  TerminalLine& operator=(const TerminalLine&) = delete;

  [[nodiscard]] bool is_seen() const { return terminal_; }
  void tell(std::string line);

 private:
  void put(const std::string& text) const;

  int descriptor_;
  bool terminal_;
  std::string line_;
};

}  // namespace p9mmu::model
