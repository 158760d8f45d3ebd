#include "model/machine/machine_file.h"

#include <catch2/catch.hpp>

#include "tests/model/sample.h"

namespace p9mmu::model {
namespace {

const std::vector<std::string> kKnown = {"fabric.tlbie.issue", "fabric.tlbie.snoop", "mmu.tlb_sets"};

std::string problem(const std::string& text) {
  return user_error([&] { (void)parse_machine_file(text, "m.toml", kKnown); });
}

TEST_CASE("an entry keeps its texts and the lines where they stand") {
  const MachineFile file = parse_machine_file(
      "name = \"m\"\n"
      "inherits = \"base\"\n"
      "[fabric.tlbie.issue]\n"
      "value = \"370 ns\"\n"
      "range = [\"350 ns\", \"440 ns\"]\n"
      "provenance = \"measured\"\n"
      "source = \"somewhere\"\n"
      "[mmu.tlb_sets]\n"
      "value = 128\n"
      "provenance = \"calibrated\"\n"
      "calibrated_on = \"munmap/ipi\"\n"
      "source = \"fitted\"\n",
      "m.toml", kKnown);
  CHECK(file.name == "m");
  CHECK(file.inherits == "base");
  CHECK(file.inherits_line == 2);
  REQUIRE(file.entries.size() == 2);
  CHECK(file.entries[0].name == "fabric.tlbie.issue");
  CHECK(file.entries[0].value == "370 ns");
  CHECK(file.entries[0].where.line == 4);
  CHECK(file.entries[0].range->second == "440 ns");
  CHECK(file.entries[0].range_where.line == 5);
  CHECK(file.entries[1].value == "128");
  CHECK(file.entries[1].calibrated_on == "munmap/ipi");
}

TEST_CASE("what has no business in a machine file is refused with its line and the nearest right word") {
  const std::string entry = "name = \"m\"\n[fabric.tlbie.issue]\nvalue = \"370 ns\"\n";
  const auto [text, expected] = GENERATE_COPY(table<std::string, std::string>({
      {"name = \"m\"\n[fabric.tlbie.isue]\nvalue = 1\n",
       "m.toml:2: unknown parameter 'fabric.tlbie.isue' (did you mean 'fabric.tlbie.issue'?)"},
      {"name = \"m\"\n[mmu]\ntlb_sets.value = 1\ntlb_set.value = 1\n",
       "m.toml:4: unknown parameter 'mmu.tlb_set' (did you mean 'mmu.tlb_sets'?)"},
      {"name = \"m\"\n[fabric.tlbie.issue]\n", "m.toml:2: fabric.tlbie.issue has no value"},
      {"name = \"m\"\nnom = 3\n",
       "m.toml:2: unknown key 'nom' (did you mean 'name'?); expected name, inherits or tables of parameters"},
      {entry + "source = \"x\"\n",
       "m.toml:3: fabric.tlbie.issue has no provenance; expected measured, documented, derived, assumed or "
       "calibrated"},
      {entry + "provenance = \"measured\"\n",
       "m.toml:3: fabric.tlbie.issue has no source; expected where the value is published or how it follows"},
      {entry + "provenance = \"mesured\"\n",
       "m.toml:4: fabric.tlbie.issue has the unknown provenance 'mesured' (did you mean 'measured'?); "
       "expected "
       "measured, documented, derived, assumed or calibrated"},
      {entry + "sauce = \"x\"\n",
       "m.toml:4: fabric.tlbie.issue has an unknown attribute 'sauce' (did you mean 'source'?)"},
      {entry + "range = \"350 ns\"\n",
       "m.toml:4: the range of fabric.tlbie.issue is not a pair; expected [least, greatest]"},
      {entry + "provenance = \"calibrated\"\nsource = \"x\"\n",
       "m.toml:3: fabric.tlbie.issue has no calibrated_on; expected the phase and kernel of the total, such "
       "as "
       "\"munmap/ipi\""},
      {entry + "provenance = \"assumed\"\nsource = \"x\"\ncalibrated_on = \"munmap/ipi\"\n",
       "m.toml:3: fabric.tlbie.issue has calibrated_on but its provenance is assumed"},
      {"name = \"m\"\n[fabric.tlbie.issue]\nvalue = 2020-01-01\n",
       "m.toml:3: fabric.tlbie.issue has a value that is neither text nor number nor true or false"},
      {"name = 3\n", "m.toml:1: name is not a text; expected one in quotation marks"},
      {"", "m.toml:1: the machine has no name; expected a line such as name = \"power9-2x16\""},
  }));
  CHECK(problem(text) == expected);
}

TEST_CASE("a file that is not TOML is refused at the line where it stops being TOML") {
  CHECK_THAT(problem("name = \"m\"\n[fabric\n"), Catch::StartsWith("m.toml:2: not TOML: "));
}

}  // namespace
}  // namespace p9mmu::model
