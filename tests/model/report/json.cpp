#include "model/report/json.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>

#include "tests/model/documented_fields.h"
#include "tests/model/sample.h"

namespace p9mmu::model::report {
namespace {

std::vector<std::string> keys(const Json& object) {
  std::vector<std::string> result;
  for (const auto& [key, value] : object.items()) {
    result.push_back(key);
  }
  return result;
}

TEST_CASE("a run's document names its schema first and has what determined the figures") {
  const Json json = to_json(sample_document());
  CHECK(keys(json) == std::vector<std::string>{"schema", "program", "machine", "workload", "seed", "command",
                                               "results", "missing"});
  CHECK(json["schema"] == "p9mmu.run/1");
  CHECK(json["program"]["version"] == "1.2.3");
  CHECK(json["machine"]["name"] == "power9-2x16");
  CHECK(json["machine"]["cpus"] == 128);
  CHECK(json["machine"]["parameters"]["fabric.tlbie.issue"]["value"] == "370 ns");
  CHECK(json["machine"]["parameters"]["fabric.tlbie.issue"]["number"] == 370'000);
  CHECK(json["machine"]["parameters"]["fabric.tlbie.issue"]["provenance"] == "assumed");
  CHECK(json["workload"]["script"] == "teardown.lua");
  CHECK(json["workload"]["options"]["guest_size"] == "4MiB");
  CHECK(json["seed"] == 7);
  CHECK(json["results"].size() == 3);
  CHECK(json["missing"].empty());
}

TEST_CASE("a result has its counters as fields and its times in picoseconds and cycles") {
  const Json entry = to_json(sample_document())["results"][0];
  CHECK(entry["kernel"] == "ipi");
  CHECK(entry["phase"] == "munmap");
  CHECK(entry["pmds_cleared"] == 2);
  CHECK(entry["hwsync_count"] == 18);
  CHECK(entry["elapsed_ps"].is_number_integer());
  CHECK(entry["elapsed_cycles"] == 3800.0);  // 1,000 ns at 3.8 GHz
  CHECK(entry["victim_cycles"] == 1900.0);
  CHECK(entry["accounts"][0] == Json({{"cpus", "0"},
                                      {"path", "sys_munmap;zap_huge_pmd"},
                                      {"cause", "memory"},
                                      {"ps", 600'000},
                                      {"cycles", 2280.0}}));
  CHECK(entry["published_is"] == "prediction");
  CHECK(entry["published_ratio"] == 0.5);
}

TEST_CASE(
    "a counter that is promised but was not counted is null, and one without published figure has nulls") {
  RunDocument document = sample_document();
  document.results[0].counters.clear();
  document.results[0].published_ms.reset();
  document.results[0].published_source.clear();
  const Json entry = to_json(document)["results"][0];
  for (const std::string& name : promised_counters()) {
    CAPTURE(name);
    REQUIRE(entry.contains(name));
    CHECK(entry[name].is_null());
  }
  CHECK(entry["published_ms"].is_null());
  CHECK(entry["published_is"].is_null());
  CHECK(entry["published_ratio"].is_null());
}

TEST_CASE("cycles are rounded to a thousandth and whole numbers stay whole however large") {
  RunDocument document = sample_document();
  PhaseResult& result = document.results[0];
  result.elapsed_ps = 82'150'123'456'789;
  result.victim_ps = 9'007'199'254'740'993;  // 2^53 + 1, which no double holds
  const std::string text = dump(to_json(result, document.machine));
  CHECK_THAT(text, Catch::Contains("\"elapsed_ps\": 82150123456789,"));
  CHECK_THAT(text, Catch::Contains("\"elapsed_cycles\": 312170469135.798,"));
  CHECK_THAT(text, Catch::Contains("\"victim_ps\": 9007199254740993,"));
}

TEST_CASE("a result comes back from JSON as it was") {
  const RunDocument document = sample_document();
  PhaseResult result = document.results[1];
  result.elapsed_ps = 82'150'123'456'789;
  result.published_ms = 0.1;
  CHECK(result_from_json(Json::parse(dump(to_json(result, document.machine)))) == result);
  result.published_ms.reset();
  result.published_source.clear();
  result.options.clear();
  CHECK(result_from_json(Json::parse(dump(to_json(result, document.machine)))) == result);
}

TEST_CASE("findings survive their way through JSON, with a cause and without") {
  const std::vector<Finding> findings = {
      {"freed page used", "a load goes there", 3, "do_page_fault", 4, "munmap;put_page"},
      {"nobody can go on", "CPU 1 waits", 1, "", 0, ""}};
  const Json json = Json::parse(dump(to_json(findings)));
  CHECK(findings_from_json(json) == findings);
  CHECK(json[1]["cause_cpu"].is_null());
  CHECK_FALSE(to_json(sample_document()).contains("audits"));
}

TEST_CASE("bytes that are not UTF-8 do not keep a document from being written") {
  RunDocument document = sample_document();
  document.script = "caf\xe9.lua";
  CHECK(Json::parse(dump(to_json(document)))["workload"]["script"] == "caf\xef\xbf\xbd.lua");
}

/// Paths as docs/run-document.md writes them: `*` for names of parameters and options, [] for lists.
void collect(const Json& json, const std::string& path, std::set<std::string>& paths) {
  if (json.is_array()) {
    for (const Json& element : json) {
      collect(element, path + "[]", paths);
    }
    return;
  }
  if (!json.is_object()) {
    return;
  }
  const bool named = path == "machine.parameters" || path.ends_with("options");
  const bool result = path == "results[]";
  for (const auto& [key, value] : json.items()) {
    const std::vector<std::string>& promised = promised_counters();
    bool counted = false;
    if (result) {
      for (const Json& counter : json["counters"]) {
        counted = counted || counter["name"] == key;
      }
    }
    const bool free = counted && std::find(promised.begin(), promised.end(), key) == promised.end();
    const std::string below = (path.empty() ? "" : path + ".") + (named || free ? "*" : key);
    paths.insert(below);
    collect(value, below, paths);
  }
}

TEST_CASE("docs/run-document.md describes exactly the fields that a document has") {
  RunDocument document = sample_document();
  document.missing = {"ipi"};
  document.audits = {{"ipi-free", {{"freed page used", "a load", 3, "gup", 0, "munmap"}}}};
  std::set<std::string> written;
  collect(to_json(document), "", written);
  const std::filesystem::path root = std::filesystem::path(__FILE__).parent_path() / "../../..";
  const std::string text = read_whole((root / "docs/run-document.md").string());
  CHECK(described_fields(text, "") == written);
}

}  // namespace
}  // namespace p9mmu::model::report
