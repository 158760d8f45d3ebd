#include "model/cli/terminal_line.h"

#include <unistd.h>

#include "model/cli/output.h"

namespace p9mmu::model {

TerminalLine::TerminalLine(int descriptor) : descriptor_(descriptor), terminal_(::isatty(descriptor) == 1) {}

TerminalLine::~TerminalLine() {
  if (!line_.empty()) {
    put("\r\033[K");
  }
}

void TerminalLine::tell(std::string line) {
  if (terminal_ && line != line_) {
    line_ = std::move(line);
    put("\r\033[K" + line_);
  }
}

void TerminalLine::put(const std::string& text) const {
  try {
    write_all(descriptor_, text, "standard error");
  } catch (const OutputError&) {  // progress is not worth ending a run for
  }
}

}  // namespace p9mmu::model
