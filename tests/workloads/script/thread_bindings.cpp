// Threads, their requests, and measurements.
#include <array>
#include <catch2/catch.hpp>

#include "tests/workloads/script/fixture.h"

namespace p9mmu::workloads::testing {
namespace {

using Catch::Matchers::Contains;

std::string text_of(const Call& call) {
  struct Text {
    std::string operator()(const Munmap& c) const {
      return "munmap " + std::to_string(c.mm.value()) + " " + std::to_string(c.address.value()) + " " +
             std::to_string(c.length_bytes);
    }
    std::string operator()(const MadviseDontneed& c) const {
      return "madvise_dontneed " + std::to_string(c.mm.value()) + " " + std::to_string(c.address.value()) +
             " " + std::to_string(c.length_bytes);
    }
    std::string operator()(const Mprotect& c) const {
      return "mprotect " + std::to_string(c.mm.value()) + " " + std::to_string(c.address.value()) + " " +
             std::to_string(c.length_bytes) + " " + std::to_string(static_cast<int>(c.to));
    }
    std::string operator()(const Mremap& c) const {
      return "mremap " + std::to_string(c.mm.value()) + " " + std::to_string(c.address.value()) + " " +
             std::to_string(c.length_bytes) + " " + std::to_string(c.target.value());
    }
    std::string operator()(const SplitHugePage& c) const {
      return "split_huge_page " + std::to_string(c.mm.value()) + " " + std::to_string(c.address.value());
    }
    std::string operator()(const Collapse& c) const {
      return "collapse " + std::to_string(c.mm.value()) + " " + std::to_string(c.address.value());
    }
    std::string operator()(const DisplaceTranslation& c) const {
      return "displace " + std::to_string(c.mm.value()) + " " + std::to_string(c.address.value());
    }
    std::string operator()(const ExitMm& c) const { return "exit_mm " + std::to_string(c.mm.value()); }
    std::string operator()(const AccessMemory& c) const {
      return std::string(mmu::name(c.kind)) + " " + std::to_string(c.mm.value()) + " " +
             std::to_string(c.address.value());
    }
    std::string operator()(const AccessGuestMemory& c) const {
      return std::string(mmu::name(c.kind)) + " in guest " + std::to_string(c.mm.value()) + " " +
             std::to_string(c.address.value());
    }
    std::string operator()(const FindLinuxPte& c) const {
      return "find_linux_pte " + std::to_string(c.mm.value()) + " " + std::to_string(c.address.value());
    }
    std::string operator()(const GupFast& c) const {
      return std::string(c.only_fast ? "gup_fast_only " : "gup_fast ") + (c.write ? "write " : "read ") +
             std::to_string(c.mm.value()) + " " + std::to_string(c.address.value());
    }
    std::string operator()(const PutPages&) const { return "put_pages"; }
    std::string operator()(const UseMm& c) const { return "use " + std::to_string(c.mm.value()); }
    std::string operator()(const Compute& c) const { return "compute " + std::to_string(c.span.ps()); }
    std::string operator()(const RunGuest&) const { return "run_guest"; }
    std::string operator()(const Spin&) const { return "spin"; }
    std::string operator()(const SleepFor& c) const { return "sleep " + std::to_string(c.span.ps()); }
    std::string operator()(const IrqDisable&) const { return "irq_disable"; }
    std::string operator()(const IrqEnable&) const { return "irq_enable"; }
    std::string operator()(const Join& c) const { return "join " + std::to_string(c.thread.value()); }
    std::string operator()(const MeasureBegin& c) const { return "begin " + c.name; }
    std::string operator()(const MeasureEnd& c) const { return "end " + c.name; }
  };
  return std::visit(Text(), call);
}

/// The requests of thread 0, whose function has `body`; `m` is an address space and `other` a second thread.
std::string requests_of(const std::string& body) {
  Script script;
  script.load(
      "local m = linux.mm{base_page = '64K'} local other "
      "spawn(0, function(t) " +
      body + " end) other = spawn(1, function() end)");
  std::string all;
  for (const Call& call : script.requests(0)) {
    all += (all.empty() ? "" : "; ") + text_of(call);
  }
  for (const std::string& line : script.printed) {
    all += " | " + line;
  }
  return all;
}

TEST_CASE("each method of a thread is one request") {
  const auto [body, requests] = GENERATE(table<std::string, std::string>({
      {"t:munmap(m, 0x10000, '2MiB')", "munmap 0 65536 2097152"},
      {"t:munmap(m, 0, 4096)", "munmap 0 0 4096"},
      {"t:madvise_dontneed(m, 0x10000, '2MiB')", "madvise_dontneed 0 65536 2097152"},
      {"t:mprotect(m, 0x10000, 65536, 'none')", "mprotect 0 65536 65536 0"},
      {"t:mprotect(m, 0x10000, 65536, 'r')", "mprotect 0 65536 65536 1"},
      {"t:mprotect(m, 0x10000, 65536, 'rw')", "mprotect 0 65536 65536 2"},
      {"t:mremap(m, 0x10000, 4096, 0x20000)", "mremap 0 65536 4096 131072"},
      {"t:split_huge_page(m, 16)", "split_huge_page 0 16"},
      {"t:collapse(m, 16)", "collapse 0 16"},
      {"t:exit_mm(m)", "exit_mm 0"},
      {"t:displace(m, 16)", "displace 0 16"},
      {"t:load(m, 0x10000)", "load 0 65536"},
      {"t:store(m, 8)", "store 0 8"},
      {"t:fetch(m, 4)", "fetch 0 4"},
      {"t:find_linux_pte(m, 16)", "find_linux_pte 0 16"},
      {"t:gup_fast(m, 16)", "gup_fast read 0 16"},
      {"t:gup_fast_only(m, 16)", "gup_fast_only read 0 16"},
      {"t:gup_fast(m, 16, 'read')", "gup_fast read 0 16"},
      {"t:gup_fast(m, 16, 'write') t:put_pages()", "gup_fast write 0 16; put_pages"},
      {"t:use(m)", "use 0"},
      {"t:compute('10us')", "compute 10000000"},
      {"t:compute(7)", "compute 7"},
      {"t:run_guest()", "run_guest"},
      {"t:spin()", "spin"},
      {"t:sleep('1.5ms')", "sleep 1500000000"},
      {"t:irq_disable() t:irq_enable()", "irq_disable; irq_enable"},
      {"t:join(other)", "join 1"},
      {"t:measure('a', function() t:spin() end)", "begin a; spin; end a"},
      {"measure('a', function() end)", "begin a; end a"},
      {"", ""},
  }));
  CAPTURE(body);
  CHECK(requests_of(body) == requests);
}

TEST_CASE("a wrong request is an error with the script's line") {
  const auto [body, problem] = GENERATE(table<std::string, std::string>({
      {"t:compute()", "bad argument #1 to 'compute' (number expected, got no value)"},
      {"t:compute('10')", "'10' is not a time; expected a number with a unit"},
      {"t:compute(-1)", "a time is not negative: -1 ps"},
      {"t:compute(1.5)", "number has no integer representation"},
      {"t.compute('1us')", "bad argument #2 to 'compute' (number expected, got no value)"},
      {"t:munmap(1, 2, 3)", "bad argument #1 to 'munmap' (mm expected, got number)"},
      {"t:munmap(t, 2, 3)", "bad argument #1 to 'munmap' (mm expected, got thread)"},
      {"t:munmap(linux.mm{base_page = '4K'}, -4096, 1)", "an address of a user process is not negative"},
      {"t:munmap(linux.mm{base_page = '4K'}, 0, '1XB')", "'1XB' is not a size"},
      {"t:munmap(linux.mm{base_page = '4K'}, 0, -1)", "a size is not negative: -1"},
      {"t:gup_fast(linux.mm{base_page = '4K'}, 0, 'rw')", "to \"read\" or to \"write\", not \"rw\""},
      {"t:mprotect(linux.mm{base_page = '4K'}, 0, 1, 'w')", "a protection is \"none\", \"r\" or \"rw\""},
      {"linux.mm{base_page = '4K'}:fork()", "fork is for the main chunk"},
      {"t:join(t)", "a thread cannot join itself"},
      {"t:join(0)", "bad argument #1 to 'join' (thread expected, got number)"},
      {"spawn(1, function() end):spin()", "thread 1 does not run now"},
      {"measure('a', function() measure('a', function() end) end)", "phase 'a' is being measured already"},
      {"measure('', function() end)", "a phase's name is 1 to 64 printable characters"},
      {"measure('a;b', function() end)", "a phase's name is 1 to 64 printable characters"},
      {"measure('a')", "bad argument #2 to 'measure' (function expected, got no value)"},
      {"table.sort({1, 2}, function() t:spin() end)", "takes simulated time, which a callback of sort"},
      {"table.sort({1, 2}, function() coroutine.wrap(function() t:spin() end)() end)",
       "takes simulated time"},
  }));
  CAPTURE(body);
  CHECK_THAT(script_error("spawn(0, function(t)\n" + body + " end)"),
             Contains("dir/test.lua:2: ") && Contains(problem));
}

TEST_CASE("the main chunk cannot take time") {
  const std::string body =
      GENERATE("spawn(0, function() end):spin()", "spawn(0, function() end):measure('a', function() end)",
               "coroutine.wrap(function() spawn(0, function() end):spin() end)()");
  CHECK_THAT(script_error(body), Contains("thread 0 does not run now"));
  CHECK_THAT(script_error("\nmeasure('a', function() end)"),
             Contains("dir/test.lua:2: measure is for threads, not for the main chunk"));
}

TEST_CASE("a thread is spawned on a CPU that is there") {
  const auto [text, problem] = GENERATE(table<std::string, std::string>({
      {"spawn(128, function() end)", "there is no CPU 128; the machine has 128 CPUs, 0 to 127"},
      {"spawn(-1, function() end)", "there is no CPU -1"},
      {"spawn(1 << 32, function() end)", "there is no CPU 4294967296"},
      {"spawn('zero', function() end)", "bad argument #1 to 'spawn' (number expected, got string)"},
      {"spawn(0)", "bad argument #2 to 'spawn' (function expected, got no value)"},
      {"spawn(0, 'a;b', function() end)", "a thread's name is 1 to 64 printable characters"},
      {"spawn(0, 'a', 1)", "bad argument #3 to 'spawn' (function expected, got number)"},
  }));
  CAPTURE(text);
  CHECK_THAT(script_error("\n" + text), Contains("dir/test.lua:2: ") && Contains(problem));
}

TEST_CASE("measurements nest and give back what their function returns") {
  CHECK(
      requests_of(
          "print(measure('a', function() t:spin() return measure('b', function() return 1, nil end) end))") ==
      "begin a; spin; begin b; end b; end a | 1\tnil");
  CHECK(requests_of("measure('a', function() end) measure('a', function() end)") ==
        "begin a; end a; begin a; end a");
}

TEST_CASE("a measurement whose function fails is ended before the error goes on") {
  CHECK(requests_of("print(pcall(measure, 'a', function() t:spin() error('x', 0) end)) t:spin()") ==
        "begin a; spin; end a; spin | false\ttest.lua:1: x");
  CHECK(requests_of("pcall(measure, 'a', function() measure('b', function() error({}) end) end) "
                    "measure('a', function() end)") == "begin a; begin b; end b; end a; begin a; end a");
}

TEST_CASE("a request passes through the coroutines of the script up to its thread") {
  CHECK(requests_of("local w = coroutine.wrap(function(x) t:compute(x) coroutine.yield(x + 1) t:compute(9) "
                    "return 5 end) "
                    "print(w(1)) t:spin() print(w())") == "compute 1; spin; compute 9 | 2 | 5");
  CHECK(
      requests_of(
          "local inner = coroutine.wrap(function() for i = 1, 2 do t:compute(i) coroutine.yield(i) end end) "
          "local outer = coroutine.create(function() inner() t:spin() inner() return 'done' end) "
          "print(coroutine.resume(outer))") == "compute 1; spin; compute 2 | true\tdone");
  CHECK(requests_of("measure('a', coroutine.wrap(function() pcall(t.compute, t, 1) end))") ==
        "begin a; compute 1; end a");
}

TEST_CASE("no thread resumes a coroutine that waits for another's request") {
  Script script;
  script.load(
      "local co spawn(0, function(t) co = coroutine.create(function() t:spin() end) coroutine.resume(co) "
      "end) "
      "spawn(1, function() print(pcall(coroutine.resume, co)) end)");
  CHECK(script.requests(0, 1).size() == 1);
  CHECK(script.requests(1).empty());
  CHECK(script.printed ==
        std::vector<std::string>{"false\tcannot resume a coroutine that waits for a timed request"});
  CHECK(script.requests(0).empty());
}

}  // namespace
}  // namespace p9mmu::workloads::testing
