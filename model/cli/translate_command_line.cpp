#include <charconv>
#include <iostream>
#include <sstream>

#include "mmu/error.h"
#include "model/cli/command.h"
#include "model/cli/options.h"
#include "model/cli/output.h"
#include "model/translate/translate_command.h"

namespace p9mmu::model {
namespace {

std::vector<std::string> accesses() {
  return {"load", "store", "fetch"};
}

std::optional<std::uint32_t> id_option(const Arguments& arguments, const std::string& name) {
  if (!arguments.has(name)) {
    return std::nullopt;
  }
  const std::string text = arguments.get(name);
  std::uint32_t value = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) {
    throw mmu::UserError("--" + name + ": '" + text + "' is no id; expected a whole number such as 1");
  }
  return value;
}

ExitCode translate(const Arguments& arguments, const Environment& environment) {
  TranslateOptions options;
  options.image = arguments.positionals.front();
  options.addresses.assign(arguments.positionals.begin() + 1, arguments.positionals.end());
  options.pid = id_option(arguments, "pid");
  options.lpid = id_option(arguments, "lpid");
  const std::string access = parse_word("--access", arguments.get("access"), accesses());
  options.access = access == "load"    ? mmu::Access::load
                   : access == "store" ? mmu::Access::store
                                       : mmu::Access::fetch;
  options.walk = arguments.has("walk");
  if (arguments.has("check")) {
    options.check = arguments.get("check");
  }
  Output output(environment.out, "");
  std::ostringstream text;
  const int mismatch = translate_command(options, std::cin, text);
  output.write(text.str());
  return mismatch == 0 ? ExitCode::success : ExitCode::mismatch;
}

}  // namespace

Command translate_cli_command() {
  return {
      "translate",
      "Walk a captured page table",
      "IMAGE [EA...]",
      "Translates effective addresses through the page tables of a captured image (plain or .xz): prints the "
      "real address, page size and permissions, or the interrupt with its bits. Without addresses reads them "
      "from standard input, one a line, in hexadecimal. With --check compares with a recording instead and "
      "prints each mismatch and a closing line; the exit code is 1 if there are any.",
      {{"pid", "N", "the process whose tables are walked (PIDR)", "0"},
       {"lpid", "N", "the partition (LPIDR), other than 0 for a guest; the image's own if not given", ""},
       {"access", "load|store|fetch", "what the access is", "load", false, accesses},
       {"walk", "", "print every table entry on the way", ""},
       {"check", "FILE.csv", "compare with recorded results, plain or .xz", ""}},
      translate};
}

}  // namespace p9mmu::model
