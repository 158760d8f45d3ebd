#include "model/explore/words.h"

#include <sstream>

namespace p9mmu::model::explore {

std::string hex(std::uint64_t value) {
  std::ostringstream text;
  text << "0x" << std::hex << value;
  return text.str();
}

std::string describe_entry(mmu::RadixEntry entry) {
  if (entry.bits == 0) {
    return "none";
  }
  if (!entry.valid() && !entry.leaf()) {
    return hex(entry.bits);
  }
  if (!entry.leaf()) {
    return "a pointer to the table at " + hex(entry.next_table());
  }
  std::string text = "a leaf for the page at " + hex(entry.real_page());
  if (entry.pmd_is_serializing()) {
    text += ", being serialised";
  } else if (!entry.valid()) {
    text += ", not valid";
  } else if (!entry.writable()) {
    text += ", read-only";
  }
  return text;
}

std::string innermost(const std::string& path) {
  const std::size_t last = path.rfind(';');
  return last == std::string::npos ? path : path.substr(last + 1);
}

}  // namespace p9mmu::model::explore
