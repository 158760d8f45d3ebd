// Every recorded operation of a real kernel, done by the simulated one: the same tlbies and tlbiels with the
// same operands in the same order, the same rounds of interrupts, the same numbers of barriers. The
// recordings, and what is left out of the comparison, are described in tests/conformance/README.md.
#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iostream>
#include <map>
#include <set>
#include <sstream>

#include "tests/conformance/operation_routines.h"

namespace p9mmu::conformance {
namespace {

using workloads::kernel_policy;

const std::vector<RecordedOperation>& recording() {
  static const std::vector<RecordedOperation> all =
      read_recording(std::string(P9MMU_CONFORMANCE_DATA) + "/operations.jsonl.xz");
  return all;
}

std::vector<const RecordedOperation*> rows_of(const std::string& op) {
  std::vector<const RecordedOperation*> rows;
  for (const RecordedOperation& row : recording()) {
    if (row.op == op) {
      rows.push_back(&row);
    }
  }
  return rows;
}

/// How the simulated kernel differs from the recorded one, in words; "" if it does not.
std::string difference(const RecordedOperation& row, const Operation& operation, const KernelPolicy& policy,
                       workloads::SiliconLevel silicon = kRecordedSilicon) {
  Scene scene(row, policy, silicon);
  operation.prepare(scene);
  const cpus::Counters before = scene.system.counters();
  scene.perform(operation.run(scene));
  std::string found = first_difference(row.events, scene.events());
  if (!found.empty() || !row.instructions) {
    return found;
  }
  const cpus::Counters counted = cpus::difference(scene.system.counters(), before);
  const std::map<std::string, std::int64_t> simulated = {{"ptesync", counted.ptesync_count},
                                                         {"tlbie", counted.tlbie_count},
                                                         {"tlbiel", counted.tlbiel_count},
                                                         {"tlbsync", counted.tlbsync_count}};
  for (const auto& [mnemonic, count] : simulated) {
    const auto recorded = row.instructions->find(mnemonic);
    const std::int64_t executed = recorded == row.instructions->end() ? 0 : recorded->second;
    if (executed != count) {
      found +=
          mnemonic + ": recorded " + std::to_string(executed) + ", simulated " + std::to_string(count) + "; ";
    }
  }
  return found;
}

TEST_CASE("each operation has the recorded invalidations, interrupts and barriers, one after the other") {
  const Operation operation = GENERATE(from_range(operations().begin(), operations().end()));
  for (const RecordedOperation* const row : rows_of(operation.name)) {
    DYNAMIC_SECTION(operation.name << ", " << row->name()) {
      CHECK(difference(*row, operation, kernel_policy("v" + row->kernel)) == "");
    }
  }
}

TEST_CASE("every recorded operation is compared, or named as one that is not") {
  std::set<std::string> known(operations_without_routine().begin(), operations_without_routine().end());
  for (const Operation& operation : operations()) {
    CHECK(known.insert(operation.name).second);
    CHECK_FALSE(rows_of(operation.name).empty());
  }
  for (const RecordedOperation& row : recording()) {
    CAPTURE(row.op);
    CHECK(known.contains(row.op));
  }
}

TEST_CASE("a comparison tells kernels and silicon levels apart") {
  const Operation& operation = operations().front();
  REQUIRE(std::string(operation.name) == "thp_munmap");
  for (const RecordedOperation* const row : rows_of(operation.name)) {
    CAPTURE(row->name());
    const bool global = std::any_of(row->events.begin(), row->events.end(),
                                    [](const Event& event) { return event.kind == Event::Kind::tlbie; });
    const KernelPolicy& policy = kernel_policy("v" + row->kernel);
    CHECK((difference(*row, operation, policy, workloads::SiliconLevel::dd2_3).empty()) == !global);
    CHECK(difference(*row, operation, kernel_policy("ipi-free")) != "");
    RecordedOperation other = *row;
    std::swap(other.events.front(), other.events.back());
    std::swap(other.events.front().rb, other.events.front().rs);
    CHECK(difference(other, operation, policy) != "");
  }
}

// --- The table in the README ---

/// What v6.1 chooses otherwise than v5.8, by name, and how to take it back.
struct Choice {
  const char* name;
  void (*take_back)(KernelPolicy&);
};
const std::vector<Choice> kChoices = {
    {"collapse_sync",
     [](KernelPolicy& policy) { policy.collapse_sync = workloads::CollapseSync::mm_cpumask; }},
    {"gather_in_mprotect", [](KernelPolicy& policy) { policy.gather_in_mprotect = false; }},
    {"flush_moved_pmd_as_huge", [](KernelPolicy& policy) { policy.flush_moved_pmd_as_huge = false; }},
    {"skip_flush_of_unused_mm", [](KernelPolicy& policy) { policy.skip_flush_of_unused_mm = false; }},
    {"trim_cpumask_by_clock", [](KernelPolicy& policy) { policy.trim_cpumask_by_clock = false; }},
};

template <typename Values>
std::string listed(const Values& values, const char* quote = "") {
  std::ostringstream out;
  const char* separator = "";
  for (const auto& value : values) {
    out << separator << quote << value << quote;
    separator = ", ";
  }
  return out.str();
}

std::string table_row(const Operation& operation) {
  const KernelPolicy& v6_1 = kernel_policy("v6.1");
  std::set<std::uint64_t> pages;
  std::vector<std::string> variants;
  std::vector<std::string> needed;
  std::size_t equal = 0;
  std::size_t equal_in_v5_8 = 0;
  const std::vector<const RecordedOperation*> rows = rows_of(operation.name);
  for (const RecordedOperation* const row : rows) {
    pages.insert(row->pages);
    if (std::find(variants.begin(), variants.end(), row->variant) == variants.end()) {
      variants.push_back(row->variant);
    }
    equal += difference(*row, operation, v6_1).empty() ? 1 : 0;
    if (difference(*row, operation, kernel_policy("ipi-free-flush")).empty()) {
      ++equal_in_v5_8;
      continue;
    }
    for (const Choice& choice : kChoices) {
      KernelPolicy without = v6_1;
      choice.take_back(without);
      if (std::find(needed.begin(), needed.end(), choice.name) == needed.end() &&
          !difference(*row, operation, without).empty()) {
        needed.emplace_back(choice.name);
      }
    }
  }
  std::ostringstream out;
  out << "| `" << operation.name << "` | " << operation.description << " | " << listed(pages) << " | "
      << listed(variants) << " | " << rows.size() << " | " << equal << " | " << equal_in_v5_8 << " | "
      << listed(needed, "`") << " |\n";
  return out.str();
}

/// What stands in the README between a line `<!-- tested: NAME -->` and the next end.
std::string block_of(const std::string& name) {
  std::ifstream file(std::string(P9MMU_CONFORMANCE_DATA) + "/../README.md");
  std::stringstream text;
  text << file.rdbuf();
  const std::string begin = "<!-- tested: " + name + " -->\n";
  const std::size_t at = text.str().find(begin);
  REQUIRE(at != std::string::npos);
  const std::string rest = text.str().substr(at + begin.size());
  return rest.substr(0, rest.find("<!-- end -->"));
}

/// Shows what the block should be, as it has to be pasted.
void check_block(const std::string& name, const std::string& expected) {
  const bool up_to_date = block_of(name) == expected;
  if (!up_to_date) {
    std::cout << "<!-- tested: " << name << " -->\n" << expected << "<!-- end -->\n";
  }
  CHECK(up_to_date);
}

TEST_CASE("the README's table says what is compared, and what of v6.1 it takes to be equal") {
  std::string table =
      "| operation | what is done | pages | variants | rows | equal under `v6.1` | under `ipi-free-flush` | "
      "the choice that makes the others equal |\n|---|---|---|---|---|---|---|---|\n";
  for (const Operation& operation : operations()) {
    table += table_row(operation);
  }
  check_block("operations", table);
}

TEST_CASE("the README names the operations that are not compared") {
  const std::vector<std::string>& names = operations_without_routine();
  check_block("not compared", names.empty() ? "nothing.\n" : listed(names, "`") + ".\n");
}

}  // namespace
}  // namespace p9mmu::conformance
