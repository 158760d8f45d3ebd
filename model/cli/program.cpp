#include "model/cli/program.h"

#include <algorithm>
#include <new>

#include "mmu/error.h"
#include "model/cli/help.h"
#include "model/cli/isolated_run.h"
#include "model/cli/options.h"
#include "model/cli/output.h"

namespace p9mmu::model {
namespace {

constexpr const char* kOut = "standard output";

/// One line, whatever a file name or a script's message may hold.
std::string one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; },
      ' ');
  return "p9mmu: " + text + "\n";
}

void complain(const Environment& environment, const std::string& text) noexcept {
  try {
    write_all(environment.err, one_line(text), "standard error");
  } catch (...) {  // there is no further place to say it
  }
}

ExitCode run_words(const std::vector<std::string>& words, const Environment& environment) {
  if (words.empty()) {
    throw mmu::UserError("no command; p9mmu --help lists them");
  }
  if (words.front() == "--help" || words.front() == "-h") {
    write_all(environment.out, program_help(), kOut);
    return ExitCode::success;
  }
  if (words.front() == "--version") {
    write_all(environment.out, "p9mmu " + program_version() + "\n", kOut);
    return ExitCode::success;
  }
  const Command& command = find_command(words.front());
  const Arguments arguments = parse_arguments(command, {words.begin() + 1, words.end()});
  if (arguments.has("help")) {
    write_all(environment.out, command_help(command), kOut);
    return ExitCode::success;
  }
  return command.run(arguments, environment);
}

}  // namespace

ExitCode run_program(const std::vector<std::string>& words, const Environment& environment) {
  try {
    return run_words(words, environment);
  } catch (const mmu::UserError& error) {
    complain(environment, error.what());
    return ExitCode::user_mistake;
  } catch (const OutputError& error) {
    complain(environment, error.what());
    return ExitCode::output;
  } catch (const std::bad_alloc&) {
    complain(environment, "internal error: out of memory");
  } catch (const std::exception& error) {
    complain(environment, std::string("internal error: ") + error.what());
  }
  return ExitCode::internal;
}

std::string program_version() {
  return P9MMU_VERSION;
}

}  // namespace p9mmu::model
