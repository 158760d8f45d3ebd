// docs/sweep-database.md against a database: its tables are those that are there, its examples run.
#include <algorithm>
#include <catch2/catch.hpp>
#include <regex>

#include "model/machine/simulate.h"
#include "tests/model/sweep/sample_sweep.h"

namespace p9mmu::model {
namespace {

std::string document() {
  const std::filesystem::path root = std::filesystem::path(__FILE__).parent_path() / "../../..";
  return read_whole((root / "docs/sweep-database.md").string());
}

std::vector<std::string> examples() {
  const std::string text = document();
  std::vector<std::string> result;
  const std::string opening = "\n```sql\n";
  for (std::size_t at = text.find(opening); at != std::string::npos; at = text.find(opening, at)) {
    at += opening.size();
    result.push_back(text.substr(at, text.find("```", at) - at));
  }
  return result;
}

/// A sweep of the real program, with a point that fails and one that is to be done again.
std::string make_example(const SweepFolder& folder) {
  (void)folder.write_plan(R"(
name = "example"
[[axis]]
vary = "cpus"
values = [64, 68]
[[axis]]
vary = "topology.cores_per_chip"
values = [1, 16]
[[axis]]
vary = "fabric.tlbie.issue"
values = ["350 ns", "440 ns"]
)");
  REQUIRE(folder.sweep({}, simulate).code == ExitCode::mismatch);
  Sqlite(folder.results(), Sqlite::Mode::write).execute("UPDATE point SET lost = 1 WHERE state = 'failed'");
  return folder.results();
}

TEST_CASE("every example of docs/sweep-database.md runs and finds something") {
  const SweepFolder folder;
  const std::string database = make_example(folder);
  REQUIRE(examples().size() == 10);
  for (const std::string& example : examples()) {
    CAPTURE(example);
    CHECK_FALSE(query(database, example).empty());
  }
}

TEST_CASE("docs/sweep-database.md describes every table and column that there is") {
  const SweepFolder folder;
  (void)folder.write_plan("seed = 1");
  REQUIRE(folder.sweep().code == ExitCode::success);
  const std::string text = document();
  const std::vector<std::string> columns = query(
      folder.results(),
      "SELECT tables.name, columns.name FROM sqlite_master AS tables, pragma_table_info(tables.name) AS "
      "columns WHERE tables.type = 'table'");
  REQUIRE(columns.size() > 30);
  for (const std::string& pair : columns) {
    const std::string table = pair.substr(0, pair.find('|'));
    const std::string column = pair.substr(pair.find('|') + 1);
    const std::size_t begin = text.find("\n| `" + table + "` |");
    CAPTURE(table, column);
    REQUIRE(begin != std::string::npos);
    const std::size_t end = text.find("\n| `", begin + 1);
    CHECK(text.substr(begin, end - begin).find("`" + column + "`") != std::string::npos);
  }
}

}  // namespace
}  // namespace p9mmu::model
