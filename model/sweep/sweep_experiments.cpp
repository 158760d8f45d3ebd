#include "model/sweep/sweep_experiments.h"

#include <algorithm>
#include <map>
#include <set>

#include "mmu/error.h"
#include "model/report/numbers.h"
#include "model/report/page/layout.h"
#include "model/report/page/run_file.h"
#include "model/sweep/results_schema.h"
#include "model/sweep/sqlite.h"

namespace p9mmu::model {
namespace {

using report::Json;
using report::page::Experiment;
using report::page::Measured;
using report::page::Point;

/// Of the machines of a plan, which may be as many as its points.
constexpr int kMostMachines = 24;
/// An axis with more values than this is told by its first and last.
constexpr std::size_t kMostValues = 16;

struct PlanRow {
  std::string hash;
  std::string name;
  std::string question;
  std::string text;
};

std::vector<PlanRow> plans_in(const Sqlite& sqlite) {
  Statement rows = sqlite.prepare("SELECT hash, name, question, text FROM plan ORDER BY name, hash");
  std::vector<PlanRow> plans;
  while (rows.step()) {
    plans.push_back(PlanRow{rows.text(0), rows.text(1), rows.text(2), rows.text(3)});
  }
  return plans;
}

/// What points have in common, gathered while they are read.
struct Common {
  std::set<std::string> scripts;
  std::set<std::string> machines;
  std::set<std::string> seeds;
  std::vector<std::string> kernels;
  std::map<std::string, std::set<std::string>> options;  ///< in force, by name
};

std::string joined(const auto& texts) {
  std::string all;
  for (const std::string& text : texts) {
    all += (all.empty() ? "" : ", ") + text;
  }
  return all;
}

void gather(Common& common, const Statement& row, const std::string& kernel) {
  common.scripts.insert(row.text(6));
  common.machines.insert(row.text(7));
  common.seeds.insert(row.text(8));
  if (std::find(common.kernels.begin(), common.kernels.end(), kernel) == common.kernels.end()) {
    common.kernels.push_back(kernel);
  }
  const Json inputs = Json::parse(row.text(9));
  for (const auto& [name, value] : inputs.at("options").items()) {
    common.options[name].insert(value.get<std::string>());
  }
}

/// The plan's points without settings and results.
std::vector<Point> points_of(const Sqlite& sqlite, const PlanRow& plan, Common& common) {
  Statement rows = sqlite.prepare(
      "SELECT plan_point.number, plan_point.point, state, kernel, cpus, message, script, machine, seed, "
      "inputs, command "
      "FROM plan_point LEFT JOIN point ON point.hash = plan_point.point WHERE plan = ? ORDER BY number");
  rows.bind(1, plan.hash);
  std::vector<Point> points;
  while (rows.step()) {
    Point point;
    point.number = static_cast<std::size_t>(rows.integer(0));
    if (rows.is_null(2)) {
      point.state = report::page::PointState::missing;
      point.message = "not run yet: the same sweep, run again, does what is missing";
    } else {
      point.state =
          rows.text(2) == "done" ? report::page::PointState::done : report::page::PointState::failed;
      point.kernel = rows.text(3);
      if (!rows.is_null(4)) {
        point.cpus = static_cast<std::uint32_t>(rows.integer(4));
      }
      point.message = rows.is_null(5) ? "" : rows.text(5);
      point.command = rows.text(10);
      gather(common, rows, point.kernel);
    }
    points.push_back(std::move(point));
  }
  return points;
}

void read_settings(const Sqlite& sqlite, const PlanRow& plan, std::vector<Point>& points) {
  Statement rows = sqlite.prepare(
      // A point that another plan has as well has that plan's axes, too.
      "SELECT plan_point.number, setting.axis, value, setting.number FROM plan_point "
      "JOIN setting ON setting.point = plan_point.point "
      "JOIN plan_axis ON plan_axis.plan = plan_point.plan AND plan_axis.axis = setting.axis "
      "WHERE plan_point.plan = ? ORDER BY plan_point.number, plan_axis.number");
  rows.bind(1, plan.hash);
  std::size_t place = 0;
  while (rows.step()) {
    while (points[place].number != static_cast<std::size_t>(rows.integer(0))) {
      ++place;
    }
    std::optional<double> number;
    if (!rows.is_null(3)) {
      number = rows.real(3);
    }
    points[place].settings.push_back({rows.text(1), rows.text(2), number});
  }
}

void read_results(const Sqlite& sqlite, const PlanRow& plan, std::vector<Point>& points) {
  Statement rows = sqlite.prepare(
      "SELECT number, document FROM plan_point JOIN result ON result.point = plan_point.point WHERE plan = ? "
      "ORDER BY number, ordinal");
  rows.bind(1, plan.hash);
  std::size_t place = 0;
  while (rows.step()) {
    while (points[place].number != static_cast<std::size_t>(rows.integer(0))) {
      ++place;
    }
    points[place].phases.push_back(report::page::measured_from_json(Json::parse(rows.text(1))));
  }
}

void read_machines(const Sqlite& sqlite, const PlanRow& plan, Experiment& experiment) {
  Statement rows = sqlite.prepare(
      "SELECT machine.document, min(plan_point.number) AS first FROM plan_point "
      "JOIN point ON point.hash = plan_point.point JOIN machine ON machine.hash = point.machine_hash "
      "WHERE plan = ? GROUP BY machine.hash ORDER BY first LIMIT ?");
  rows.bind(1, plan.hash).bind(2, std::int64_t{kMostMachines});
  while (rows.step()) {
    experiment.machines.push_back(report::page::machine_from_json(Json::parse(rows.text(0))));
  }
}

std::string values_along(const Experiment& experiment, const std::string& axis) {
  std::vector<std::string> values;
  for (const Point& point : experiment.points) {
    const std::string value = report::page::setting_of(point, axis).value;
    if (!value.empty() && std::find(values.begin(), values.end(), value) == values.end()) {
      values.push_back(value);
    }
  }
  const std::string count = report::grouped(static_cast<std::int64_t>(values.size()));
  return values.size() <= kMostValues ? joined(values)
                                      : count + " values from " + values.front() + " to " + values.back();
}

std::string options_text(const Experiment& experiment, const Common& common) {
  std::vector<std::string> texts;
  for (const auto& [name, values] : common.options) {
    const bool is_axis = std::any_of(
        experiment.points.begin(), experiment.points.end(),
        [&](const Point& point) { return !report::page::setting_of(point, "option." + name).value.empty(); });
    if (!is_axis && values.size() == 1) {
      texts.push_back(name + " = " + *values.begin());
    }
  }
  return joined(texts);
}

std::vector<std::pair<std::string, std::string>> asked_of(const Experiment& experiment, const Common& common,
                                                          const std::string& version,
                                                          const std::string& path) {
  std::vector<std::pair<std::string, std::string>> asked = {
      {"Script", joined(common.scripts)},
      {"Options in force", options_text(experiment, common)},
      {"Machine", joined(common.machines)},
      {"Kernels", joined(common.kernels)},
      {"Seed", joined(common.seeds)}};
  std::vector<std::string> axes;
  for (const Point& point : experiment.points) {
    for (const report::page::Setting& setting : point.settings) {
      if (std::find(axes.begin(), axes.end(), setting.axis) == axes.end()) {
        axes.push_back(setting.axis);
      }
    }
  }
  const std::vector<std::string> together = report::page::axes_with_cpus(experiment);
  for (const std::string& axis : axes) {
    const bool with_cpus = std::find(together.begin(), together.end(), axis) != together.end();
    asked.emplace_back("Axis " + report::page::axis_name(axis),
                       with_cpus ? "by CPUs: " + report::page::along_cpus_text(experiment, axis)
                                 : values_along(experiment, axis));
  }
  asked.emplace_back("Program", "p9mmu " + version);
  asked.emplace_back("Database", path);
  std::erase_if(asked, [](const auto& one) { return one.second.empty(); });
  return asked;
}

std::string meta(const Sqlite& sqlite, const char* key) {
  Statement row = sqlite.prepare("SELECT value FROM meta WHERE key = ?");
  return row.bind(1, std::string_view(key)).step() ? row.text(0) : "";
}

Experiment read_experiment(const Sqlite& sqlite, const PlanRow& plan, const std::string& path) {
  Experiment experiment;
  experiment.title = "Sweep " + plan.name;
  experiment.question = plan.question;
  experiment.plan = plan.text;
  Common common;
  experiment.points = points_of(sqlite, plan, common);
  read_settings(sqlite, plan, experiment.points);
  read_results(sqlite, plan, experiment.points);
  read_machines(sqlite, plan, experiment);
  experiment.asked = asked_of(experiment, common, meta(sqlite, "program_version"), path);
  return experiment;
}

}  // namespace

std::vector<Experiment> read_experiments(const std::string& path) {
  try {
    const Sqlite sqlite(path, Sqlite::Mode::read);
    Statement tables = sqlite.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'meta'");
    const std::string schema = tables.step() && tables.integer(0) == 1 ? meta(sqlite, "schema") : "";
    if (schema != kSweepSchema) {
      throw mmu::UserError(path, 0,
                           std::string("is a database ") +
                               (schema.empty() ? "of something else" : "of schema " + schema) +
                               "; expected " + kSweepSchema + ", as p9mmu sweep writes it");
    }
    std::vector<Experiment> experiments;
    for (const PlanRow& plan : plans_in(sqlite)) {
      experiments.push_back(read_experiment(sqlite, plan, path));
    }
    if (experiments.empty()) {
      throw mmu::UserError(path, 0, "holds no plan yet; expected the database of a sweep that has begun");
    }
    return experiments;
  } catch (const SqliteError& error) {
    throw mmu::UserError(path, 0, std::string("cannot be read: ") + error.what());
  } catch (const Json::exception& error) {
    throw mmu::UserError(path, 0, std::string("holds a document that is not whole: ") + error.what());
  }
}

bool is_database(std::string_view beginning) {
  using namespace std::string_view_literals;
  return beginning.starts_with("SQLite format 3\0"sv);
}

}  // namespace p9mmu::model
