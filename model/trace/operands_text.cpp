#include "model/trace/operands_text.h"

#include <array>
#include <charconv>

namespace p9mmu::model {
namespace {

std::string hexadecimal(std::uint64_t number) {
  std::array<char, 16> digits{};
  const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return "0x" + std::string(digits.data(), end);
}

const char* page_size_text(mmu::PageSize size) {
  switch (size) {
    case mmu::PageSize::k4K:
      return "4K";
    case mmu::PageSize::k64K:
      return "64K";
    case mmu::PageSize::k2M:
      return "2M";
    case mmu::PageSize::k1G:
      return "1G";
  }
  return "reserved";
}

}  // namespace

std::string operands_text(const mmu::TlbInvalidate& operands) {
  std::string text = "RIC=" + std::to_string(static_cast<unsigned>(operands.ric)) +
                     " PRS=" + (operands.process_scoped ? "1" : "0") + " R=" + (operands.radix ? "1" : "0") +
                     " IS=" + std::to_string(static_cast<unsigned>(operands.scope));
  if (operands.scope == mmu::InvalidateScope::page) {
    text += std::string(" AP=") + (operands.page_size ? page_size_text(*operands.page_size) : "reserved") +
            " EPN=" + hexadecimal(operands.page_address);
  }
  return text + " LPID=" + std::to_string(operands.lpid.value()) +
         " PID=" + std::to_string(operands.pid.value());
}

}  // namespace p9mmu::model
