// A report opened in a real browser: every chart drawn, nothing complained of, nothing fetched, and all of it
// to be reached by keyboard. The page is made by the program from a sweep and a run of its own.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/browser/devtools.h"

namespace p9mmu::browser {
namespace {

class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "p9mmu-browser-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() {
    std::error_code ignored;  // the browser may still be dying in it
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

void write(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

void run_program(const std::string& arguments) {
  INFO("p9mmu " << arguments);
  REQUIRE(std::system((std::string(P9MMU_PROGRAM) + " " + arguments).c_str()) == 0);
}

/// A sweep in which kernels change places, one point fails and several settings vary alone; and a run.
std::string make_report(const Folder& folder) {
  const std::string script = P9MMU_SCRIPT;
  write(folder.file("cores.toml"), "name = \"cores\"\nquestion = \"What do more CPUs cost?\"\nscript = \"" +
                                       script +
                                       "\"\n[option]\nguest = \"64MiB\"\n"
                                       "[[axis]]\nvary = \"cpus\"\ngroup = \"host\"\nvalues = [4, 16, 128]\n"
                                       "[[axis]]\nvary = \"topology.cores_per_chip\"\ngroup = \"host\"\n"
                                       "values = [1, 4, 16]\n");
  write(folder.file("costs.toml"),
        "name = \"costs\"\nscript = \"" + script +
            "\"\n[option]\nguest = \"64MiB\"\n"
            "[[axis]]\nvary = \"fabric.tlbie.issue\"\nvalues = [\"350 ns\", \"370 ns\", "
            "\"440 ns\"]\n[[axis]]\nvary = \"linux.silicon\"\nvalues = [\"dd2.2\", \"dd2.3\"]\n");
  const std::string database = folder.file("results.sqlite");
  run_program("sweep " + folder.file("cores.toml") + " -o " + database);
  run_program("sweep " + folder.file("costs.toml") + " -o " + database);
  run_program("run " + script + " --option guest=64MiB --format json --output " + folder.file("run.json"));
  const std::string page = folder.file("report.html");
  run_program("report " + database + " " + folder.file("run.json") + " -o " + page);
  return page;
}

/// Resolves when the page's script has done what it does at the start.
constexpr const char* kReady =
    "new Promise(done => { const look = () => document.documentElement.dataset.ready ? done(true) : "
    "setTimeout(look, 10); look(); })";

}  // namespace

TEST_CASE("a report opens in Chromium with every chart drawn, no complaint and no request") {
  const Folder folder;
  const std::string page = make_report(folder);
  Browser browser(folder.file("profile"));
  browser.open("file://" + page);
  REQUIRE(browser.evaluate(kReady) == true);

  // Every chart has marks in it.
  const auto charts = browser.evaluate("document.querySelectorAll('figure.chart').length").get<int>();
  CHECK(charts >= 12);
  CHECK(browser.evaluate("document.querySelectorAll('figure.chart[data-drawn=yes]').length") == charts);
  const Json empty = browser.evaluate(
      "[...document.querySelectorAll('figure.chart')].filter(f => ![...f.querySelectorAll("
      "'svg .mark-rect path, svg .mark-symbol path, svg .mark-line path')].some(p => { const b = "
      "p.getBoundingClientRect(); return b.width > 0 && b.height > 0; }))"
      ".map(f => f.querySelector('figcaption').textContent)");
  CHECK(empty == Json::array());
  // Nothing of a chart is outside of its drawing.
  const Json clipped = browser.evaluate(
      "[...document.querySelectorAll('figure.chart svg')].flatMap(s => { const r = "
      "s.getBoundingClientRect(); return "
      "[...s.querySelectorAll('text')].filter(t => { const b = t.getBoundingClientRect(); return b.width > 0 "
      "&& "
      "(b.left < r.left - 1 || b.right > r.right + 1 || b.top < r.top - 1 || b.bottom > r.bottom + 1); })"
      ".map(t => t.textContent); })");
  CHECK(clipped == Json::array());

  // The page is all there is.
  CHECK(browser.requests() == std::vector<std::string>{"file://" + page});
  CHECK(browser.complaints() == std::vector<std::string>{});

  // Narrow, dark, printed: drawn anew, and nothing wider than the page.
  browser.call("Emulation.setDeviceMetricsOverride",
               {{"width", 360}, {"height", 800}, {"deviceScaleFactor", 1}, {"mobile", false}});
  browser.call("Emulation.setEmulatedMedia",
               {{"features", Json::array({{{"name", "prefers-color-scheme"}, {"value", "dark"}}})}});
  browser.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
  CHECK(browser.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0);
  CHECK(browser.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)");
  browser.call("Emulation.setEmulatedMedia", {{"media", "print"}});
  CHECK(browser.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)");
  CHECK_FALSE(browser.call("Page.printToPDF").at("data").get<std::string>().empty());
  CHECK(browser.complaints() == std::vector<std::string>{});
}

TEST_CASE("a flame graph is walked through by keyboard, and what is focused is told") {
  const Folder folder;
  const std::string page = make_report(folder);
  Browser browser(folder.file("profile"));
  browser.open("file://" + page);
  REQUIRE(browser.evaluate(kReady) == true);
  const auto focused = [&browser] {
    return browser.evaluate("document.activeElement.title").get<std::string>();
  };
  const auto told = [&browser] {
    return browser.evaluate("document.activeElement.closest('figure').querySelector('.told').textContent")
        .get<std::string>();
  };
  // One stop of the Tab key for a whole graph; the run's are open.
  browser.evaluate(
      "window.graph = [...document.querySelectorAll('figure.flame')].find(f => !f.closest('details'))");
  CHECK(browser.evaluate("graph.querySelectorAll('button[tabindex=\"0\"]').length") == 1);
  browser.evaluate("graph.querySelector('button').focus()");
  CHECK(focused().find("sys_munmap: ") == 0);
  browser.press("ArrowDown");
  CHECK(focused().find("__vm_munmap: ") == 0);
  CHECK(told() == focused());
  browser.press("ArrowUp");
  CHECK(focused().find("sys_munmap: ") == 0);

  // Down to something narrow, enlarged, and back.
  const char* narrow = "[...graph.querySelectorAll('button')].find(b => parseFloat(b.style.width) < 20)";
  browser.evaluate(std::string(narrow) + ".focus()");
  const std::string name = focused();
  browser.press("Enter");
  CHECK(focused() == name);
  CHECK(browser.evaluate("document.activeElement.style.width") == "100%");
  CHECK(told().find("Escape") != std::string::npos);
  browser.press("Escape");
  CHECK(browser.evaluate("parseFloat(document.activeElement.style.width) < 20") == true);
  CHECK(browser.complaints() == std::vector<std::string>{});
}

TEST_CASE("a page that complains and fetches is caught doing it") {
  const Folder folder;
  write(folder.file("bad.html"),
        "<!DOCTYPE html><title>x</title><img "
        "src=\"http://localhost:1/x.png\"><script>console.error('no')</script>"
        "<script>undefined.x</script>");
  Browser browser(folder.file("profile"));
  browser.open("file://" + folder.file("bad.html"));
  CHECK(browser.requests().size() == 2);
  CHECK(browser.complaints().size() >= 2);
}

}  // namespace p9mmu::browser
