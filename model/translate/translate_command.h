// What `p9mmu translate` does once its options are parsed: addresses, from the command line or a stream,
// through the tables of a captured image; or a recording against it. Options and help are model/cli/'s, walks
// are mmu/'s.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "mmu/access.h"

namespace p9mmu::model {

struct TranslateOptions {
  std::string image;                  ///< path of a captured image, plain or .xz
  std::optional<std::uint32_t> pid;   ///< PIDR; 0 if it is not given
  std::optional<std::uint32_t> lpid;  ///< LPIDR, other than 0 for a guest; the image's if it is not given
  mmu::Access access = mmu::Access::load;
  bool walk = false;                   ///< print each table entry on the way
  std::optional<std::string> check;    ///< path of a recording, plain or .xz; no addresses are read then
  std::vector<std::string> addresses;  ///< hexadecimal, 0x or not; if there are none, one a line from `in`
};

/// Prints to `out`; returns the exit status: 0, or 1 when a recording does not match. Throws mmu::UserError
/// before anything is printed for a mistake in image, options or addresses given as options.
int translate_command(const TranslateOptions& options, std::istream& in, std::ostream& out);

}  // namespace p9mmu::model
