#include "tests/model/sweep/sample_sweep.h"

namespace p9mmu::model {

SweepFolder::SweepFolder() {
  // The guest's teardown in small.
  (void)directory_.write("a.lua", R"(
local size = size_option("size", "4MiB", "how much is unmapped")
local mm = linux.mm{base_page = "64K"}
local address = mm:mmap(size)
mm:populate(address, size, "2M")
mm:ran_on{0, machine.cpus - 1}
spawn(0, function(t)
  t:use(mm)
  measure("munmap", function() t:munmap(mm, address, size) end)
end)
)");
}

std::string SweepFolder::write_plan(const std::string& text) const {
  return directory_.write("plan.toml", "script = \"a.lua\"\n" + text);
}

Outcome SweepFolder::sweep(const std::vector<std::string>& more,
                           const Environment::Simulate& simulate) const {
  std::vector<std::string> words = {"sweep", file("plan.toml"), "-o", results()};
  words.insert(words.end(), more.begin(), more.end());
  return run_words(words, simulate ? simulate : simulate_nothing);
}

std::vector<report::PhaseResult> simulate_nothing(const RunRequest& request) {
  report::PhaseResult result = sample_result(request.kernel);
  result.victim_ps = static_cast<std::int64_t>(request.seed);
  return {result};
}

std::vector<std::string> query(const std::string& database, const std::string& sql) {
  const Sqlite sqlite(database, Sqlite::Mode::read);
  Statement rows = sqlite.prepare(sql);
  std::vector<std::string> result;
  while (rows.step()) {
    std::string row;
    for (int column = 0; column < rows.columns(); ++column) {
      row += (column == 0 ? "" : "|") + (rows.is_null(column) ? "null" : rows.text(column));
    }
    result.push_back(std::move(row));
  }
  return result;
}

std::string canonical_content(const std::string& database) {
  std::string content;
  for (const char* table :
       {"meta ORDER BY key", "plan ORDER BY hash", "plan_axis ORDER BY plan, number",
        "plan_point ORDER BY plan, number", "point ORDER BY hash", "setting ORDER BY point, axis",
        "result ORDER BY point, phase, ordinal", "machine ORDER BY hash"}) {
    content += std::string(table) + "\n";
    for (const std::string& row : query(database, std::string("SELECT * FROM ") + table)) {
      content += row + "\n";
    }
  }
  return content;
}

}  // namespace p9mmu::model
