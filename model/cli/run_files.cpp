#include "model/cli/run_files.h"

#include <filesystem>
#include <map>

#include "mmu/error.h"
#include "model/report/stacks.h"

namespace p9mmu::model {
namespace {

struct Kind {
  const char* option;
  const char* meaning;
  std::string (*text)(const report::RunDocument&);
};

constexpr Kind kKinds[] = {
    {"folded", "also write the accounts as folded stacks there, in ns, for flamegraph.pl or inferno",
     report::to_folded},
    {"speedscope", "also write the accounts as a profile for speedscope there", report::to_speedscope},
};

/// Devices and pipes may well be named twice.
void check_different(std::map<std::string, std::string>& taken, const std::string& option,
                     const std::string& path) {
  std::error_code ignored;
  if (path.empty() || std::filesystem::is_other(path, ignored)) {
    return;
  }
  const std::string where = std::filesystem::weakly_canonical(path, ignored).string();
  const auto [found, added] = taken.emplace(where.empty() ? path : where, option);
  if (!added) {
    throw mmu::UserError("--" + option, 0,
                         "'" + path + "' is the file of --" + found->second + " already; expected another");
  }
}

}  // namespace

std::vector<Option> run_file_options() {
  std::vector<Option> options;
  for (const Kind& kind : kKinds) {
    options.push_back({kind.option, "FILE", kind.meaning, ""});
  }
  return options;
}

RunFiles::RunFiles(const Arguments& arguments) {
  std::map<std::string, std::string> taken;
  check_different(taken, "output", arguments.get("output"));
  for (const Kind& kind : kKinds) {
    if (arguments.has(kind.option)) {
      const std::string path = arguments.get(kind.option);
      check_different(taken, kind.option, path);
      files_.push_back({std::make_unique<Output>(-1, path), kind.text});
    }
  }
}

void RunFiles::write(const report::RunDocument& document) {
  for (const File& file : files_) {
    file.output->write(file.text(document));
  }
}

}  // namespace p9mmu::model
