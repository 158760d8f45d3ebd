#include "model/sweep/export.h"

#include <algorithm>
#include <set>
#include <vector>

#include "mmu/error.h"
#include "model/report/json.h"
#include "model/sweep/results_database.h"

namespace p9mmu::model {
namespace {

using report::Json;

struct PlanRow {
  std::string hash;
  std::string name;
  std::string question;
  std::vector<std::string> axes;
};

std::vector<PlanRow> plans_in(const Sqlite& sqlite, const std::string& database, const std::string& name) {
  std::vector<PlanRow> result;
  std::vector<std::string> names;
  Statement rows = sqlite.prepare("SELECT hash, name, question FROM plan ORDER BY name, hash");
  while (rows.step()) {
    names.push_back(rows.text(1));
    if (name.empty() || names.back() == name) {
      result.push_back({rows.text(0), rows.text(1), rows.text(2), {}});
    }
  }
  Statement axes = sqlite.prepare("SELECT axis FROM plan_axis WHERE plan = ? ORDER BY number");
  for (PlanRow& plan : result) {
    axes.bind(1, plan.hash);
    while (axes.step()) {
      plan.axes.push_back(axes.text(0));
    }
  }
  if (result.empty() && !name.empty()) {
    throw mmu::UserError(database, 0, "has no plan '" + name + "'" + mmu::did_you_mean(name, names));
  }
  return result;
}

/// Null, a text or a number, as the column's row has it.
Json value_of(const Statement& row, int column, bool is_number) {
  if (row.is_null(column)) {
    return {};
  }
  return is_number ? Json(row.integer(column)) : Json(row.text(column));
}

constexpr const char* kPoints =
    "SELECT plan_point.number, plan_point.point, coalesce(point.state, 'missing') AS state, point.message, "
    "point.kernel, point.machine, point.script, point.cpus, point.seed, point.inputs, point.command, "
    "point.machine_hash, point.lost FROM plan_point LEFT JOIN point ON point.hash = plan_point.point "
    "WHERE plan_point.plan = ? ORDER BY plan_point.number";

Json settings_of(Statement& settings, const std::string& point, const std::vector<std::string>& axes) {
  Json result = Json::object();
  for (const std::string& axis : axes) {
    settings.bind(1, point).bind(2, axis);
    while (settings.step()) {
      result[axis] = {{"value", settings.text(0)},
                      {"number", settings.is_null(1) ? Json() : Json(settings.real(1))}};
    }
  }
  return result;
}

Json results_of(Statement& results, const std::string& point) {
  Json list = Json::array();
  results.bind(1, point);
  while (results.step()) {
    list.push_back(Json::parse(results.text(0)));
  }
  return list;
}

/// The points of a plan, in its order, each with its settings and results.
Json points_of(const Sqlite& sqlite, const PlanRow& plan) {
  Statement settings = sqlite.prepare("SELECT value, number FROM setting WHERE point = ? AND axis = ?");
  Statement results = sqlite.prepare("SELECT document FROM result WHERE point = ? ORDER BY ordinal");
  Statement points = sqlite.prepare(kPoints);
  points.bind(1, plan.hash);
  const std::set<std::string> numbers = {"number", "cpus", "seed", "lost"};
  Json list = Json::array();
  while (points.step()) {
    Json point = Json::object();
    for (int column = 0; column < points.columns(); ++column) {
      const std::string name = points.name(column);
      point[name] = value_of(points, column, numbers.contains(name));
    }
    if (point["inputs"].is_string()) {
      point["inputs"] = Json::parse(points.text(9));
    }
    point["settings"] = settings_of(settings, points.text(1), plan.axes);
    point["results"] = results_of(results, points.text(1));
    list.push_back(std::move(point));
  }
  return list;
}

Json machines_in(const Sqlite& sqlite, const Json& plans) {
  std::set<std::string> wanted;
  for (const Json& plan : plans) {
    for (const Json& point : plan["points"]) {
      if (point["machine_hash"].is_string()) {
        wanted.insert(point["machine_hash"].get<std::string>());
      }
    }
  }
  Json machines = Json::object();
  Statement rows = sqlite.prepare("SELECT document FROM machine WHERE hash = ?");
  for (const std::string& hash : wanted) {
    rows.bind(1, hash);
    while (rows.step()) {
      machines[hash] = Json::parse(rows.text(0));
    }
  }
  return machines;
}

Json document(const std::string& database, const std::string& plan) {
  return with_results(database, [&](const Sqlite& sqlite) {
    Json root = {{"schema", "p9mmu.sweep-results/1"}};
    root["plans"] = Json::array();
    for (const PlanRow& row : plans_in(sqlite, database, plan)) {
      root["plans"].push_back({{"name", row.name},
                               {"question", row.question},
                               {"hash", row.hash},
                               {"axes", row.axes},
                               {"points", points_of(sqlite, row)}});
    }
    root["machines"] = machines_in(sqlite, root["plans"]);
    return root;
  });
}

std::string cell(const Json& value) {
  if (value.is_null()) {
    return "";
  }
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (text.find_first_of(",\"\n\r") == std::string::npos) {
    return text;
  }
  std::string quoted = "\"";
  for (const char c : text) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + "\"";
}

/// The columns that depend on what is there: axes, then counters, each in the order in which they come.
struct Columns {
  std::vector<std::string> axes;
  std::vector<std::string> counters;
};

void add_new(std::vector<std::string>& names, const std::string& name) {
  if (std::find(names.begin(), names.end(), name) == names.end()) {
    names.push_back(name);
  }
}

Columns columns_of(const Json& plans) {
  Columns columns;
  for (const Json& plan : plans) {
    for (const Json& axis : plan["axes"]) {
      add_new(columns.axes, axis.get<std::string>());
    }
    for (const Json& point : plan["points"]) {
      for (const Json& result : point["results"]) {
        for (const Json& counter : result["counters"]) {
          add_new(columns.counters, counter["name"].get<std::string>());
        }
      }
    }
  }
  return columns;
}

const std::vector<const char*> kPointColumns = {"number",  "state",  "message", "kernel",
                                                "machine", "script", "cpus",    "seed"};
const std::vector<const char*> kResultColumns = {"phase",        "elapsed_ps",   "victim_ps",
                                                 "published_ms", "published_is", "published_ratio"};

std::string heading(const Columns& columns) {
  std::string text = "plan";
  for (const char* name : kPointColumns) {
    text += std::string(",") + name;
  }
  for (const std::string& axis : columns.axes) {
    // The same words are columns of the point, too.
    text += "," + cell("axis:" + axis);
  }
  for (const char* name : kResultColumns) {
    text += std::string(",") + name;
  }
  for (const std::string& counter : columns.counters) {
    text += "," + cell(counter);
  }
  return text + ",command\n";
}

std::string row(const Json& plan, const Json& point, const Json& result, const Columns& columns) {
  const auto field = [](const Json& object, const std::string& name) {
    return object.is_object() && object.contains(name) ? cell(object[name]) : std::string();
  };
  std::string text = cell(plan["name"]);
  for (const char* name : kPointColumns) {
    text += "," + field(point, name);
  }
  for (const std::string& axis : columns.axes) {
    text += "," + (point["settings"].contains(axis) ? cell(point["settings"][axis]["value"]) : std::string());
  }
  for (const char* name : kResultColumns) {
    text += "," + field(result, name);
  }
  for (const std::string& counter : columns.counters) {
    text += "," + field(result, counter);
  }
  return text + "," + field(point, "command") + "\n";
}

}  // namespace

std::string results_to_csv(const std::string& database, const std::string& plan) {
  const Json root = document(database, plan);
  const Columns columns = columns_of(root["plans"]);
  std::string text = heading(columns);
  for (const Json& entry : root["plans"]) {
    for (const Json& point : entry["points"]) {
      for (const Json& result : point["results"]) {
        text += row(entry, point, result, columns);
      }
      if (point["results"].empty()) {
        text += row(entry, point, Json(), columns);
      }
    }
  }
  return text;
}

std::string results_to_json(const std::string& database, const std::string& plan) {
  return report::dump(document(database, plan));
}

}  // namespace p9mmu::model
