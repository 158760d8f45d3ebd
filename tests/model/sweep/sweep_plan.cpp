#include "model/sweep/sweep_plan.h"

#include <catch2/catch.hpp>
#include <set>

#include "tests/model/sample.h"

namespace p9mmu::model {
namespace {

constexpr const char* kScript = R"(
local guest = size_option("guest", "64MiB", "its memory")
local page = choice_option("page", "64K", {"4K", "64K"}, "the base page")
local cpus = cpus_option("cpus", "all", "where it ran")
if guest > 1 << 30 then option("huge", false, "only for large ones") end
)";

class Folder {
 public:
  Folder() { (void)directory_.write("a.lua", kScript); }

  SweepPlan plan(const std::string& text, const std::string& version = "1") const {
    const std::string path = directory_.write("plan.toml", "script = \"a.lua\"\n" + text);
    return SweepPlan(parse_plan_file(read_whole(path), path), version);
  }
  std::string problem(const std::string& text) const {
    const std::string whole = user_error([&] { (void)plan(text); });
    const std::string path = directory_.file("plan.toml");
    return whole.starts_with(path) ? whole.substr(path.size() + 1) : whole;
  }
  void write_script(const std::string& text) const { (void)directory_.write("a.lua", text); }

 private:
  TemporaryDirectory directory_;
};

TEST_CASE("axes multiply, those of a group advance together, and the kernels are innermost") {
  const Folder folder;
  const SweepPlan plan = folder.plan(R"(
kernels = ["ipi", "ipi-free"]
[[axis]]
vary = "cpus"
group = "g"
values = [4, 8]
[[axis]]
vary = "seed"
values = [1, 2]
[[axis]]
vary = "topology.cores_per_chip"
group = "g"
values = [1, 2]
)");
  REQUIRE(plan.size() == 8);
  std::string order;
  for (std::size_t point = 0; point < plan.size(); ++point) {
    const PointInputs inputs = plan.inputs(point);
    order += std::to_string(*inputs.cpus) + "/" + inputs.sets.at("topology.cores_per_chip") + "/" +
             std::to_string(inputs.seed) + "/" + inputs.kernel + " ";
  }
  CHECK(
      order ==
      "4/1/1/ipi 4/1/1/ipi-free 4/1/2/ipi 4/1/2/ipi-free 8/2/1/ipi 8/2/1/ipi-free 8/2/2/ipi 8/2/2/ipi-free ");
  CHECK(plan.request(7).machine.parameters.interconnect.topology.cpus() == 8);
}

std::string values_along(const SweepPlan& plan) {
  std::string text;
  for (std::size_t point = 0; point < plan.size(); ++point) {
    for (const Setting& setting : plan.settings(point)) {
      text += setting.axis + "=" + setting.value + " ";
    }
    text += "/ ";
  }
  return text;
}

TEST_CASE("axes in turn vary one at a time, after the point at which none does, and multiply with others") {
  const Folder folder;
  const SweepPlan plan = folder.plan(R"(
kernels = ["ipi"]
[[axis]]
vary = "seed"
values = [1, 2]
[[axis]]
vary = "cpu.hwsync"
in_turn = "costs"
values = ["40 cycles"]
[[axis]]
vary = "option.page"
in_turn = "costs"
values = ["4K", "64K"]
)");
  CHECK(values_along(plan) ==
        "seed=1 / seed=1 cpu.hwsync=40 cycles / seed=1 option.page=4K / seed=1 option.page=64K / "
        "seed=2 / seed=2 cpu.hwsync=40 cycles / seed=2 option.page=4K / seed=2 option.page=64K / ");
  CHECK(plan.inputs(0).sets.empty());
  CHECK(plan.inputs(1).options.empty());
  CHECK(plan.hash(0) == plan.hash(3));  // 64K is in force anyway
}

TEST_CASE("a parameter may go over its own range") {
  const Folder folder;
  const auto [values, expected] = GENERATE(table<std::string, std::string>({
      {"vary = \"fabric.tlbie.issue\"\nvalues = \"range\"",
       "fabric.tlbie.issue=350 ns / fabric.tlbie.issue=440 ns / "},
      {"vary = \"fabric.tlbie.issue\"\nlinear = {points = 3}",
       "fabric.tlbie.issue=350 ns / fabric.tlbie.issue=395 ns / fabric.tlbie.issue=440 ns / "},
      {"vary = \"clock.core\"\nlinear = {step = \"500 MHz\"}",
       "clock.core=2.8 GHz / clock.core=3.3 GHz / "
       "clock.core=3.8 GHz / "},
      {"vary = \"fabric.tlbie.pace_threshold\"\ngeometric = {points = 4}",
       "fabric.tlbie.pace_threshold=1 / fabric.tlbie.pace_threshold=4 / fabric.tlbie.pace_threshold=16 / "
       "fabric.tlbie.pace_threshold=64 / "},
      {"vary = \"linux.silicon\"\nvalues = \"range\"", "linux.silicon=dd2.2 / linux.silicon=dd2.3 / "},
      {"vary = \"idle.stop2.enabled\"\nvalues = \"range\"",
       "idle.stop2.enabled=false / idle.stop2.enabled=true / "},
      // Words that look like numbers with a unit.
      {"vary = \"mmu.erat_page_limit\"\nvalues = \"range\"",
       "mmu.erat_page_limit=4K / mmu.erat_page_limit=64K / mmu.erat_page_limit=2M / mmu.erat_page_limit=1G "
       "/ "},
  }));
  CAPTURE(values);
  CHECK(values_along(folder.plan("kernels = [\"ipi\"]\n[[axis]]\n" + values)) == expected);
}

TEST_CASE("axes of a group have as many values") {
  const Folder folder;
  CHECK(folder.problem("[[axis]]\nvary = \"seed\"\ngroup = \"g\"\nvalues = [1, 2]\n"
                       "[[axis]]\nvary = \"cpus\"\ngroup = \"g\"\nvalues = [64]") ==
        "6: axes of the group 'g' advance together, but seed has 2 values and cpus has 1");
}

TEST_CASE("settings carry numbers in base units") {
  const Folder folder;
  const auto [axis, value, number] = GENERATE(table<std::string, std::string, std::optional<double>>({
      {"cpus", "128", 128},
      {"seed", "7", 7},
      {"fabric.tlbie.issue", "\"0.4us\"", 400'000},
      {"cpu.hwsync", "\"42 cycles\"", 14'000},
      {"linux.silicon", "\"dd2.3\"", 1},
      {"mmu.erat_page_limit", "\"2M\"", 2},
      {"option.guest", "\"2MiB\"", 2 << 20},
      {"option.page", "\"64K\"", 1},
      {"option.cpus", "\"0-6:2\"", 4},
      {"kernel", "\"ipi\"", std::nullopt},
      {"machine", "\"power9-2x22\"", std::nullopt},
  }));
  CAPTURE(axis);
  const SweepPlan plan = folder.plan("[set]\nclock.core = \"3 GHz\"\n[[axis]]\nvary = \"" + axis +
                                     "\"\nvalues = [" + value + "]\n");
  CHECK(plan.settings(0).front().number == number);
}

TEST_CASE("a point's hash changes with anything that its result depends on, and with nothing else") {
  const Folder folder;
  const std::string some = "seed = 1\nkernels = [\"ipi\"]\n";
  const std::string hash = folder.plan(some).hash(0);
  SECTION("not with how a value is written, nor with values that are in force anyway") {
    const std::string same = GENERATE("[set]\nfabric.tlbie.issue = \"370ns\"\n", "cpus = 128\n",
                                      "[option]\npage = \"64K\"\n", "machine = \"power9-2x16\"\n",
                                      "# a remark\nquestion = \"why?\"\n", "[limit]\ntime = \"1s\"\n");
    CAPTURE(same);
    CHECK(folder.plan(some + same).hash(0) == hash);
  }
  SECTION("with every other input") {
    const std::string other = GENERATE(
        "seed = 2\nkernels = [\"ipi\"]\n", "kernels = [\"ipi-free\"]\n",
        "kernels = [\"ipi\"]\n[set]\nfabric.tlbie.issue = \"371ns\"\n", "kernels = [\"ipi\"]\ncpus = 64\n",
        "kernels = [\"ipi\"]\n[option]\npage = \"4K\"\n", "kernels = [\"ipi\"]\nmachine = \"power9-2x22\"\n");
    CAPTURE(other);
    CHECK(folder.plan(other).hash(0) != hash);
  }
  SECTION("with the program's version and the script's text") {
    CHECK(folder.plan(some, "2").hash(0) != hash);
    folder.write_script(std::string(kScript) + "-- more\n");
    CHECK(folder.plan(some).hash(0) != hash);
  }
}

TEST_CASE("a plan of ten thousand points has as many hashes") {
  const Folder folder;
  const SweepPlan plan = folder.plan(R"(
kernels = ["ipi"]
[[axis]]
vary = "seed"
linear = {from = 1, to = 100, step = 1}
[[axis]]
vary = "fabric.tlbie.issue"
linear = {from = "350 ns", to = "440 ns", points = 100}
)");
  std::set<std::string> hashes;
  for (std::size_t point = 0; point < plan.size(); ++point) {
    hashes.insert(plan.hash(point));
  }
  CHECK(hashes.size() == 10'000);
}

TEST_CASE("what the machine or the script do not know is told with the plan's line") {
  const Folder folder;
  const auto [text, expected] = GENERATE(table<std::string, std::string>({
      {"machine = \"power9-2x61\"",
       "2: unknown machine 'power9-2x61' (did you mean 'power9-2x16'?); expected power9-2x16, power9-2x22 or "
       "the path of a .toml file"},
      {"[set]\nfabric.tlbie.issue = \"9 ns\"",
       "3: fabric.tlbie.issue is 9 ns, outside its range 350 ns to 440 ns; the nearest value allowed is 350 "
       "ns"},
      {"[[axis]]\nvary = \"linux.silicon\"\nvalues = [\"dd2.3\", \"dd2.4\"]",
       "4: linux.silicon is 'dd2.4' (did you mean 'dd2.2'?); expected one of dd2.2, dd2.3"},
      {"[option]\npage = \"8K\"", "3: option 'page': '8K' is none of 4K, 64K (did you mean '4K'?)"},
      {"[[axis]]\nvary = \"option.guest\"\nvalues = [\"4XiB\"]",
       "4: option 'guest': '4XiB' is not a size; expected a number with a unit such as 64K, 2MiB, "
       "496GiB or 1TiB"},
  }));
  CAPTURE(text);
  CHECK(folder.problem(text) == expected);
}

TEST_CASE("an option that the script does not declare is told with the nearest") {
  const Folder folder;
  CHECK_THAT(
      folder.problem("[option]\ngest = \"4GiB\""),
      Catch::StartsWith("3: ") && Catch::EndsWith("a.lua has no option 'gest' (did you mean 'guest'?)"));
}

TEST_CASE("an option that the script declares only beside another one is known where that one is given") {
  const Folder folder;
  CHECK(folder.problem("[option]\nguest = \"2GiB\"\nhuge = true").empty());
  CHECK_THAT(folder.problem("[option]\nhuge = true"), Catch::Contains("has no option 'huge'"));
}

TEST_CASE("a missing script and a script's own mistake are told before anything runs") {
  const Folder folder;
  folder.write_script("local x = = 1");
  CHECK_THAT(folder.problem(""), Catch::Contains("a.lua:1: "));
  CHECK_THAT(
      user_error([] { (void)SweepPlan(parse_plan_file("script = \"no-such.lua\"", "/tmp/p.toml"), "1"); }),
      Catch::StartsWith("/tmp/p.toml:1: /tmp/no-such.lua: no such script"));
}

TEST_CASE("a script is found beside the plan, also behind a symbolic link") {
  const TemporaryDirectory directory;
  std::filesystem::create_directories(directory.file("real/deep"));
  std::filesystem::create_directory_symlink("real/deep", directory.file("link"));
  (void)directory.write("real/a.lua", kScript);
  const std::string text = "script = \"../a.lua\"";
  CHECK(SweepPlan(parse_plan_file(text, directory.file("real/deep/plan.toml")), "1").inputs(0).script ==
        directory.file("real/a.lua"));
  CHECK(SweepPlan(parse_plan_file(text, directory.file("link/plan.toml")), "1").inputs(0).script ==
        directory.file("link/../a.lua"));
}

TEST_CASE("a plan of too many points is refused") {
  const Folder folder;
  std::string text;
  for (const char* axis : {"seed", "linux.flush_ceiling.global"}) {
    text += std::string("[[axis]]\nvary = \"") + axis + "\"\nlinear = {from = 1, to = 2000, step = 1}\n";
  }
  CHECK(folder.problem(text) == "1: the plan has more than 1000000 points");
}

TEST_CASE("the command that reproduces a point is one for a shell") {
  PointInputs inputs;
  inputs.script = "my scripts/a.lua";
  inputs.machine = "power9-2x16";
  inputs.kernel = "ipi";
  CHECK(run_command_line(inputs) == "p9mmu run 'my scripts/a.lua' --kernel ipi --seed 1");
  inputs.script = "a.lua";
  inputs.machine = "mine.toml";
  inputs.cpus = 64;
  inputs.seed = 9;
  inputs.sets = {{"cpu.hwsync", "40 cycles"}};
  inputs.options = {{"note", "it's"}};
  CHECK(run_command_line(inputs) ==
        "p9mmu run a.lua --kernel ipi --machine mine.toml --cpus 64 --set cpu.hwsync=40cycles --option "
        "'note=it'\\''s' --seed 9");
}

}  // namespace
}  // namespace p9mmu::model
