#include "model/translate/translate_command.h"

#include <charconv>
#include <cstddef>
#include <istream>
#include <ostream>
#include <sstream>

#include "mmu/error.h"
#include "mmu/mapping.h"
#include "mmu/walk.h"
#include "model/translate/check_rows.h"
#include "model/translate/describe_walk.h"
#include "model/translate/image_file.h"

namespace p9mmu::model {
namespace {

using mmu::EffectiveAddress;
using mmu::UserError;

EffectiveAddress parse_address(const std::string& text) {
  const bool prefixed = text.starts_with("0x") || text.starts_with("0X");
  const char* first = text.data() + (prefixed ? 2 : 0);
  const char* last = text.data() + text.size();
  std::uint64_t value = 0;
  const auto result = std::from_chars(first, last, value, 16);
  if (result.ec != std::errc() || result.ptr != last) {
    throw UserError("'" + text +
                    "' is no address; expected up to 16 hexadecimal digits, such as 0x7fffb70060b0");
  }
  return EffectiveAddress(value);
}

std::uint32_t checked_id(std::optional<std::uint32_t> id, std::uint32_t otherwise, unsigned bits,
                         const char* option) {
  const std::uint32_t value = id.value_or(otherwise);
  if ((value >> bits) != 0) {
    throw UserError(std::string(option) + " " + std::to_string(value) + "; expected at most " +
                    std::to_string((1U << bits) - 1));
  }
  return value;
}

mmu::Context context_for(const TranslateOptions& options, const mmu::TableImage& image) {
  mmu::Context context;
  context.ptcr = image.ptcr;
  context.lpidr = mmu::Lpid(checked_id(options.lpid, image.lpid.value(), mmu::kLpidBits, "--lpid"));
  context.pidr = mmu::Pid(checked_id(options.pid, 0, mmu::kPidBits, "--pid"));
  context.hypervisor = context.lpidr == mmu::Lpid(0);
  return context;
}

/// "64K rw-", and for a guest both leaves.
std::string mapping_text(const mmu::Walk& walk) {
  std::string text = std::string(mmu::name(walk.mapping.size)) + " " + rights_text(walk.mapping);
  if (walk.mapping.scope == mmu::Scope::nested) {
    text += "  guest real " + hex(walk.guest_address.value()) + ", guest leaf " +
            mmu::name(walk.mapping.process_size) + ", host leaf " + mmu::name(walk.mapping.partition_size);
  }
  return text;
}

/// A kernel address is tried as the kernel, any other as a program.
void print_translation(const TranslateOptions& options, mmu::Context context, EffectiveAddress ea,
                       mmu::TableImage& image, std::ostream& out) {
  constexpr unsigned kQuadrantShift = 62;
  context.problem_state = (ea.value() >> kQuadrantShift) == 0;
  mmu::WalkTrace trace;
  const mmu::Walk access =
      walk_access(image.memory, context, options.access, ea, mmu::RcUpdate::interrupt, trace);
  const bool only_rc = (access.syndrome & mmu::syndrome::kReferenceOrChange) != 0;
  mmu::WalkTrace whole;
  const mmu::Walk mapping = find_mapping(image.memory, context, ea, whole);
  out << hex(ea.value()) << "  ";
  if (access.ok() || (only_rc && mapping.ok())) {
    out << hex(mapping.address.value()) << "  " << mapping_text(mapping);
    if (only_rc) {
      out << "  R or C to be set: " << fault_text(make_fault(access, options.access, ea));
    }
  } else {
    out << fault_text(make_fault(access, options.access, ea));
  }
  out << "\n";
  if (options.walk) {
    for (const std::string& line : walk_lines(access.ok() || !only_rc ? trace : whole)) {
      out << "    " << line << "\n";
    }
  }
}

int check(const std::string& path, mmu::TableImage& image, std::ostream& out) {
  const std::vector<std::byte> bytes = read_bytes(path);
  std::istringstream csv(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
  std::ostringstream text;  // a mistake in a late row leaves nothing half printed
  const CheckResult result = check_rows(image, csv, path, text);
  out << text.str();
  return result.mismatches == 0 ? 0 : 1;
}

/// All of them before the first is translated, so that a mistake in a late line leaves nothing half printed.
std::vector<EffectiveAddress> read_addresses(std::istream& in) {
  std::vector<EffectiveAddress> addresses;
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    std::erase_if(line, [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
    if (line.empty()) {
      continue;
    }
    try {
      addresses.push_back(parse_address(line));
    } catch (const UserError& error) {
      throw UserError("stdin", number, error.what());
    }
  }
  return addresses;
}

}  // namespace

int translate_command(const TranslateOptions& options, std::istream& in, std::ostream& out) {
  if (options.check.has_value() && !options.addresses.empty()) {
    throw UserError("--check takes its addresses from the recording; expected none beside it");
  }
  mmu::TableImage image = read_image_file(options.image);
  if (options.check.has_value()) {
    return check(*options.check, image, out);
  }
  const mmu::Context context = context_for(options, image);
  std::vector<EffectiveAddress> addresses;
  for (const std::string& text : options.addresses) {
    addresses.push_back(parse_address(text));
  }
  for (const EffectiveAddress ea : addresses.empty() ? read_addresses(in) : addresses) {
    print_translation(options, context, ea, image, out);
  }
  return 0;
}

}  // namespace p9mmu::model
