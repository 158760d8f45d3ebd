#include "model/report/params.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "model/machine/resolve.h"

namespace p9mmu::model::report {
namespace {

Machine two_parameters() {
  Machine machine;
  machine.name = "small";
  machine.resolved = {{"cpu.hwsync", "42 cycles", 11053, "ps", "40 cycles to 60 cycles", "measured",
                       "a \"paper\", 2020", "", "", "hwsync with nothing to wait for"},
                      {"fabric.line.scale", "1.25", 1.25, "", "0.67 to 1.78", "set", "the command line", "",
                       "1", "a factor"}};
  return machine;
}

TEST_CASE("parameters as text: figures in a line, meaning and source below, cycles in nanoseconds too") {
  CHECK(params_to_text(two_parameters()) ==
        "small: 4 CPUs. Each parameter: value, (range), provenance; then meaning and source.\n"
        "\n"
        "[cpu]\n"
        "cpu.hwsync                                42 cycles = 11.05 ns  (40 cycles to 60 cycles)  measured\n"
        "    hwsync with nothing to wait for. Source: a \"paper\", 2020.\n"
        "\n"
        "[fabric]\n"
        "fabric.line.scale                         1.25          (0.67 to 1.78)  set\n"
        "    a factor. Source: the command line. Instead of 1.\n");
}

TEST_CASE("parameters as CSV are quoted where they must be") {
  CHECK(params_to_csv(two_parameters()) ==
        "name,value,number,unit,range,provenance,source,calibrated_on,replaced,meaning\n"
        "cpu.hwsync,42 cycles,11053,ps,40 cycles to 60 cycles,measured,\"a \"\"paper\"\", 2020\",,,"
        "hwsync with nothing to wait for\n"
        "fabric.line.scale,1.25,1.25,,0.67 to 1.78,set,the command line,,1,a factor\n");
}

TEST_CASE("parameters as JSON are by name, whole numbers whole") {
  const auto json = nlohmann::json::parse(params_to_json(two_parameters()));
  CHECK(json["machine"] == "small");
  CHECK(json["parameters"]["cpu.hwsync"]["number"].is_number_integer());
  CHECK(json["parameters"]["cpu.hwsync"]["replaced"].is_null());
  CHECK(json["parameters"]["fabric.line.scale"]["number"] == 1.25);
  CHECK(json["parameters"]["fabric.line.scale"]["replaced"] == "1");
}

TEST_CASE("every line of a shipped machine's parameters fits the text width") {
  std::string line;
  for (const char c : params_to_text(resolve_machine({}))) {
    line = c == '\n' ? "" : line + c;
    CAPTURE(line);
    REQUIRE(line.size() <= 120);
  }
}

}  // namespace
}  // namespace p9mmu::model::report
