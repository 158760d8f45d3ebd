#include "model/machine/resolve.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "model/machine/parameter_list.h"
#include "tests/model/sample.h"

namespace p9mmu::model {
namespace {

using interconnect::nanoseconds;

const ResolvedParameter& parameter(const Machine& machine, const std::string& name) {
  const auto found = std::find_if(machine.resolved.begin(), machine.resolved.end(),
                                  [&](const ResolvedParameter& entry) { return entry.name == name; });
  REQUIRE(found != machine.resolved.end());
  return *found;
}

std::string problem(const MachineChoice& choice) {
  return user_error([&] { (void)resolve_machine(choice); });
}

std::string problem_of_set(const std::string& text) {
  MachineChoice choice;
  choice.sets = {text};
  return problem(choice);
}

TEST_CASE("a shipped machine has every parameter, with provenance, source and meaning") {
  const std::string name = GENERATE(from_range(shipped_machine_names()));
  CAPTURE(name);
  MachineChoice choice;
  choice.machine = name;
  const Machine machine = resolve_machine(choice);
  CHECK(machine.name == name);
  MachineParameters parameters;
  const std::vector<std::string> described = names(list_parameters(parameters));
  REQUIRE(machine.resolved.size() == described.size());
  const std::vector<std::string> provenances = {"measured", "documented", "derived", "assumed", "calibrated"};
  for (std::size_t i = 0; i < described.size(); ++i) {
    const ResolvedParameter& entry = machine.resolved[i];
    CAPTURE(entry.name);
    CHECK(entry.name == described[i]);
    CHECK(std::count(provenances.begin(), provenances.end(), entry.provenance) == 1);
    CHECK_FALSE(entry.source.empty());
    CHECK_FALSE(entry.meaning.empty());
    CHECK_FALSE(entry.range.empty());
    CHECK(entry.calibrated_on.empty() == (entry.provenance != "calibrated"));
  }
}

TEST_CASE("the default machine is two chips of sixteen SMT4 cores with the published figures") {
  const Machine machine = resolve_machine({});
  const MachineParameters& p = machine.parameters;
  CHECK(p.interconnect.topology.cpus() == 128);
  CHECK(p.cpus.core_clock == interconnect::Frequency(3.8e9));
  CHECK(p.interconnect.tlbie.issue == nanoseconds(370));
  CHECK(p.interconnect.line.cross_chip == nanoseconds(250));
  CHECK(p.cpus.instructions.hwsync.ps() == 11'053);    // 42 cycles of 3.8 GHz
  CHECK(p.cpus.instructions.ptesync.ps() == 123'421);  // 520 less 51 cycles
  CHECK(p.cpus.idle.states[4].wake == nanoseconds(17'070 - 3'114));
  CHECK(p.cpus.idle.states[5].wake == nanoseconds(1'038'174 - 3'114));
  CHECK(p.cpus.idle.states[6].wake == nanoseconds(1'068'784 - 3'114));
  CHECK(p.cpus.idle.firmware == cpus::FirmwareTable::since_2018_03);
  CHECK(p.kernel.silicon == workloads::SiliconLevel::dd2_3);
  CHECK(p.cpus.guest.exit + p.cpus.guest.entry == nanoseconds(2'400));
}

TEST_CASE("the wake-up of each stop state is its published IPI latency less that of a busy CPU") {
  const auto [state, latency_ns] = GENERATE(table<std::size_t, std::int64_t>(
      {{0, 3'265}, {1, 3'507}, {2, 3'739}, {3, 3'807}, {4, 17'070}, {5, 1'038'174}, {6, 1'068'784}}));
  CAPTURE(state);
  CHECK(resolve_machine({}).parameters.cpus.idle.states[state].wake == nanoseconds(latency_ns - 3'114));
}

TEST_CASE("the machine of 176 CPUs inherits all but its cores and is calibrated on nothing") {
  MachineChoice choice;
  choice.machine = "power9-2x22";
  const Machine machine = resolve_machine(choice);
  CHECK(machine.parameters.interconnect.topology.cpus() == 176);
  CHECK(parameter(machine, "topology.cores_per_chip").replaced == "16");
  CHECK(machine.parameters.interconnect.tlbie.issue == nanoseconds(370));
  for (const ResolvedParameter& entry : machine.resolved) {
    CHECK(entry.calibrated_on.empty());
  }
}

TEST_CASE("a line's scale keeps both its latencies inside their own ranges") {
  const Machine machine = resolve_machine({});
  const auto bounds = GENERATE(values<std::string>({"0.67", "1.78"}));
  MachineChoice choice;
  choice.sets = {"fabric.line.scale=" + bounds};
  const interconnect::LineParameters line = resolve_machine(choice).parameters.interconnect.line;
  const double same_ns = static_cast<double>(line.same_chip.ps()) / 1e3 * line.scale;
  const double cross_ns = static_cast<double>(line.cross_chip.ps()) / 1e3 * line.scale;
  CHECK(same_ns >= 60);
  CHECK(same_ns <= 175);
  CHECK(cross_ns >= 150);
  CHECK(cross_ns <= 445);
}

TEST_CASE("the option --set changes a parameter, says so, and keeps what it replaced") {
  MachineChoice choice;
  choice.sets = {"fabric.tlbie.issue=390ns", "fabric.tlbie.issue=400ns", "idle.governor=fixed",
                 "idle.stop2.enabled=false", "cpu.hwsync=12 ns"};
  const Machine machine = resolve_machine(choice);
  CHECK(machine.parameters.interconnect.tlbie.issue == nanoseconds(400));
  CHECK(machine.parameters.cpus.idle.governor == cpus::GovernorKind::fixed);
  CHECK_FALSE(machine.parameters.cpus.idle.states[4].enabled);
  CHECK(machine.parameters.cpus.instructions.hwsync == nanoseconds(12));
  const ResolvedParameter& issue = parameter(machine, "fabric.tlbie.issue");
  CHECK(issue.value_text == "400 ns");
  CHECK(issue.value_number == 400'000);
  CHECK(issue.unit == "ps");
  CHECK(issue.provenance == "set");
  CHECK(issue.replaced == "370 ns");
  CHECK(issue.range == "350 ns to 440 ns");
}

/// A machine with one calibrated parameter, whatever the shipped ones are calibrated on.
std::string calibrated_machine(const TemporaryDirectory& directory) {
  return directory.write("calibrated.toml",
                         "name = \"calibrated\"\ninherits = \"power9-2x16\"\n[linux.zap_huge_pmd]\n"
                         "value = \"200 cycles\"\nprovenance = \"calibrated\"\nsource = \"fitted\"\n"
                         "calibrated_on = \"munmap/ipi-free\"\n");
}

TEST_CASE("the option --set to the value that is there changes nothing, so that a calibration stands") {
  const TemporaryDirectory directory;
  MachineChoice choice;
  choice.machine = calibrated_machine(directory);
  choice.sets = {"linux.zap_huge_pmd=200cycles"};
  choice.cpus = 128;
  const Machine machine = resolve_machine(choice);
  CHECK(parameter(machine, "linux.zap_huge_pmd").provenance == "calibrated");
  CHECK(parameter(machine, "linux.zap_huge_pmd").calibrated_on == "munmap/ipi-free");
  CHECK(parameter(machine, "topology.chips").provenance != "set");
}

TEST_CASE("the option --set of a calibrated parameter ends its calibration") {
  const TemporaryDirectory directory;
  MachineChoice choice;
  choice.machine = calibrated_machine(directory);
  choice.sets = {"linux.zap_huge_pmd=100cycles"};
  CHECK(parameter(resolve_machine(choice), "linux.zap_huge_pmd").calibrated_on.empty());
}

TEST_CASE(
    "a machine that states an inherited value once more has changed nothing, nor ended its calibration") {
  const TemporaryDirectory directory;
  calibrated_machine(directory);
  MachineChoice choice;
  choice.machine = directory.write("again.toml",
                                   "name = \"again\"\ninherits = \"calibrated.toml\"\n[linux.zap_huge_pmd]\n"
                                   "value = \"200cycles\"\nprovenance = \"assumed\"\nsource = \"copied\"\n");
  const ResolvedParameter again = parameter(resolve_machine(choice), "linux.zap_huge_pmd");
  CHECK(again.calibrated_on == "munmap/ipi-free");
  CHECK(again.replaced == parameter(resolve_machine({}), "linux.zap_huge_pmd").value_text);
}

TEST_CASE("times in cycles follow the clock") {
  MachineChoice choice;
  choice.sets = {"clock.core=2.8GHz"};
  const Machine machine = resolve_machine(choice);
  CHECK(machine.parameters.cpus.instructions.hwsync.ps() == 15'000);
  CHECK(machine.parameters.interconnect.tlbie.issue == nanoseconds(370));
}

TEST_CASE("a wrong --set is one line that says what was expected") {
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"fabric.tlbie.isue=400ns",
       "--set: unknown parameter 'fabric.tlbie.isue' (did you mean 'fabric.tlbie.issue'?)"},
      {"fabric.tlbie.issue=400",
       "--set: fabric.tlbie.issue is '400'; expected a time such as 370 ns, 1.5 us or 42 cycles"},
      {"fabric.tlbie.issue=400 furlongs",
       "--set: fabric.tlbie.issue is '400 furlongs'; expected a time such as 370 ns, 1.5 us or 42 cycles"},
      {"fabric.tlbie.issue=4us",
       "--set: fabric.tlbie.issue is 4 us, outside its range 350 ns to 440 ns; the nearest value allowed is "
       "440 ns"},
      {"fabric.tlbie.issue=1ns",
       "--set: fabric.tlbie.issue is 1 ns, outside its range 350 ns to 440 ns; the nearest value allowed is "
       "350 ns"},
      {"fabric.tlbie.issue",
       "--set: 'fabric.tlbie.issue' is not PARAMETER=VALUE; expected one such as fabric.tlbie.issue=400ns"},
      {"fabric.tlbie.issue=",
       "--set: 'fabric.tlbie.issue=' is not PARAMETER=VALUE; expected one such as fabric.tlbie.issue=400ns"},
      {"=400ns", "--set: '=400ns' is not PARAMETER=VALUE; expected one such as fabric.tlbie.issue=400ns"},
      {"idle.governor=menus",
       "--set: idle.governor is 'menus' (did you mean 'menu'?); expected one of menu, fixed"},
      {"topology.chips=2.5", "--set: topology.chips is '2.5'; expected a whole number"},
      {"topology.chips=0",
       "--set: topology.chips is 0, outside its range 1 to 256; the nearest value allowed is 1"},
      {"idle.stop2.enabled=no", "--set: idle.stop2.enabled is 'no'; expected true or false"},
      {"clock.core=3.8", "--set: clock.core is '3.8'; expected a frequency such as 3.8 GHz"},
  }));
  CHECK(problem_of_set(text) == expected);
}

TEST_CASE("the option --cpus gives the machine as many chips as it takes") {
  const auto [cpus, chips] =
      GENERATE(table<std::uint32_t, std::uint32_t>({{64, 1}, {128, 2}, {1024, 16}, {4096, 64}}));
  MachineChoice choice;
  choice.cpus = cpus;
  const Machine machine = resolve_machine(choice);
  CHECK(machine.parameters.interconnect.topology.chips == chips);
  CHECK(machine.parameters.interconnect.topology.cpus() == cpus);
}

TEST_CASE("the option --cpus that no number of chips gives names the nearest that one does") {
  const auto [cpus, expected] = GENERATE(table<std::uint32_t, std::string>({
      {100, "--cpus: 100 is not a multiple of the 64 CPUs of a chip; nearest: 64 and 128"},
      {1, "--cpus: 1 is not a multiple of the 64 CPUs of a chip; nearest: 64"},
      {0, "--cpus: 0 is not a multiple of the 64 CPUs of a chip; nearest: 64"},
      {64 * 257,
       "--cpus: topology.chips is 257, outside its range 1 to 256; the nearest value allowed is 256"},
  }));
  MachineChoice choice;
  choice.cpus = cpus;
  CHECK(problem(choice) == expected);
}

TEST_CASE(
    "the option --cpus counts chips of the size that --set gives them, and excludes --set topology.chips") {
  MachineChoice choice;
  choice.cpus = 32;
  choice.sets = {"topology.cores_per_chip=4"};
  CHECK(resolve_machine(choice).parameters.interconnect.topology.chips == 2);
  choice.sets = {"topology.chips=4"};
  CHECK(problem(choice) == "--cpus: both --cpus and --set topology.chips are given; expected one of them");
}

TEST_CASE("a user's own file inherits, overrides and is checked where it stands") {
  const TemporaryDirectory directory;
  const std::string entry = "name = \"mine\"\ninherits = \"power9-2x16\"\n[fabric.tlbie.issue]\n";
  const std::string why = "provenance = \"assumed\"\nsource = \"a guess\"\n";
  MachineChoice choice;
  choice.machine = directory.write("mine.toml", entry + "value = \"400 ns\"\n" + why);
  const Machine machine = resolve_machine(choice);
  CHECK(machine.name == "mine");
  CHECK(machine.parameters.interconnect.tlbie.issue == nanoseconds(400));
  CHECK(parameter(machine, "fabric.tlbie.issue").provenance == "assumed");
  CHECK(parameter(machine, "fabric.tlbie.issue").range == "350 ns to 440 ns");

  directory.write("mine.toml", entry + "value = \"1 us\"\n" + why);
  CHECK(problem(choice) ==
        choice.machine +
            ":4: fabric.tlbie.issue is 1 us, outside its range 350 ns to 440 ns; the nearest "
            "value allowed is 440 ns");
  directory.write("mine.toml", entry + "value = \"1 us\"\nrange = [\"2 us\", \"1 us\"]\n" + why);
  CHECK(problem(choice) ==
        choice.machine +
            ":5: the range of fabric.tlbie.issue, 2 us to 1 us, is empty; expected [least, greatest]");
  directory.write("mine.toml", entry + "value = \"1 us\"\nrange = [\"1 us\", \"2 Hz\"]\n" + why);
  CHECK(problem(choice) ==
        choice.machine +
            ":5: the range of fabric.tlbie.issue is '2 Hz'; expected a time such as 370 ns, 1.5 us "
            "or 42 cycles");
  directory.write("mine.toml", "name = \"mine\"\ninherits = \"power9-2x17\"\n");
  CHECK(problem(choice) ==
        choice.machine +
            ":2: unknown machine 'power9-2x17' (did you mean 'power9-2x16'?); expected power9-2x16, "
            "power9-2x22 or the path of a .toml file");
}

TEST_CASE("a file may inherit from one beside it, and a circle of files is refused") {
  const TemporaryDirectory directory;
  directory.write("base.toml", "name = \"base\"\ninherits = \"power9-2x22\"\n");
  MachineChoice choice;
  choice.machine = directory.write("mine.toml", "name = \"mine\"\ninherits = \"base.toml\"\n");
  CHECK(resolve_machine(choice).parameters.interconnect.topology.cpus() == 176);
  directory.write("base.toml", "name = \"base\"\ninherits = \"mine.toml\"\n");
  CHECK_THAT(problem(choice),
             Catch::EndsWith(".toml:2: machines inherit from each other in a circle, or more than 8 deep"));
}

TEST_CASE("a complete machine that lacks a parameter says which and where it belongs") {
  const TemporaryDirectory directory;
  std::string text(*shipped_machine(kDefaultMachine));
  const std::size_t begin = text.find("[fabric.tlbie.snoop]");
  const std::size_t end = text.find("[fabric.tlbie.system_scope]");
  text.erase(begin, end - begin);
  const std::size_t sibling = text.find("value", text.find("[fabric.tlbie.issue]"));
  const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(sibling), '\n');
  MachineChoice choice;
  choice.machine = directory.write("mine.toml", text);
  CHECK(problem(choice) ==
        choice.machine + ":" + std::to_string(line) +
            ": parameter fabric.tlbie.snoop is missing; expected a table [fabric.tlbie.snoop] "
            "hereabouts, or inherits = \"power9-2x16\"");
}

TEST_CASE("a machine that is not there is refused by name or path") {
  MachineChoice choice;
  choice.machine = "power8";
  CHECK_THAT(problem(choice), Catch::StartsWith("--machine: unknown machine 'power8'"));
  choice.machine = "/nowhere/mine.toml";
  CHECK(problem(choice) == "/nowhere/mine.toml: cannot be read: No such file or directory");
  choice.machine = "/";
  CHECK(problem(choice) == "/: is a directory; expected a machine file");
}

}  // namespace
}  // namespace p9mmu::model
