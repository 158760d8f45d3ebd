#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>

#include "mmu/error.h"
#include "model/cli/command.h"
#include "model/cli/output.h"
#include "model/cli/terminal_line.h"
#include "model/report/page/page.h"
#include "model/report/page/render.h"
#include "model/report/page/run_file.h"
#include "model/sweep/sweep_experiments.h"

namespace p9mmu::model {
namespace {

using mmu::UserError;
using report::page::Experiment;
using report::page::RunFile;

std::string read_whole_file(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  if (!stream || !(text << stream.rdbuf())) {
    throw UserError(path, 0, std::string("cannot be read: ") + std::strerror(errno == 0 ? EISDIR : errno));
  }
  return text.str();
}

std::string beginning_of(const std::string& path) {
  std::array<char, 16> bytes{};
  std::ifstream stream(path, std::ios::binary);
  stream.read(bytes.data(), bytes.size());
  return {bytes.data(), static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0))};
}

/// Sweeps where their files stand; the runs, which belong together, where the first of them stands.
std::vector<Experiment> read_all(const std::vector<std::string>& paths, TerminalLine& line) {
  std::vector<Experiment> experiments;
  std::vector<RunFile> runs;
  std::size_t place_of_runs = 0;
  for (const std::string& path : paths) {
    line.tell("p9mmu: reading " + path);
    if (is_database(beginning_of(path))) {
      std::vector<Experiment> sweeps = read_experiments(path);
      std::move(sweeps.begin(), sweeps.end(), std::back_inserter(experiments));
    } else {
      place_of_runs = runs.empty() ? experiments.size() : place_of_runs;
      runs.push_back(report::page::parse_run_file(path, read_whole_file(path)));
    }
  }
  std::vector<Experiment> of_runs = report::page::experiments_of(runs);
  experiments.insert(experiments.begin() + static_cast<std::ptrdiff_t>(place_of_runs),
                     std::make_move_iterator(of_runs.begin()), std::make_move_iterator(of_runs.end()));
  return experiments;
}

ExitCode report_files(const Arguments& arguments, const Environment& environment) {
  if (arguments.get("output").empty() && ::isatty(environment.out) == 1) {
    throw UserError("--output", 0,
                    "a page of HTML is not for a terminal; expected -o report.html, or a redirection");
  }
  std::string html;
  {
    TerminalLine line(environment.err);
    const std::vector<Experiment> experiments = read_all(arguments.positionals, line);
    line.tell("p9mmu: writing the page");
    html = report::page::render(report::page::make_page(experiments, arguments.get("title")));
  }
  Output output(environment.out, arguments.get("output"));
  output.write(html);
  return ExitCode::success;
}

}  // namespace

Command report_command() {
  return {
      "report",
      "One HTML page from runs and sweeps: tables, charts, flame graphs",
      "FILE...",
      "Makes one page that stands by itself from documents of p9mmu run --format json and databases of p9mmu "
      "sweep: what was asked, the machine with the provenance of every parameter, results, charts, flame "
      "graphs, "
      "failures, and the command that reproduces each point. The page needs no network. Runs of the same "
      "script "
      "are laid side by side.",
      {{"output",
        "FILE",
        "write there instead of to standard output, whole or not at all",
        "",
        false,
        {},
        'o'},
       {"title", "TEXT", "the page's title", ""}},
      report_files};
}

}  // namespace p9mmu::model
