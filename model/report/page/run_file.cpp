#include "model/report/page/run_file.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <set>

#include "mmu/error.h"

namespace p9mmu::model::report::page {
namespace {

using mmu::UserError;

std::string text_or_nothing(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// The number that a value such as "64GiB" or "7" stands for, or nothing if it is of another kind.
std::optional<double> number_in(const std::string& text) {
  constexpr std::array<std::pair<std::string_view, double>, 5> kUnits = {
      {{"", 1}, {"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30}, {"TiB", 0x1p40}}};
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view rest(end, static_cast<std::size_t>(text.data() + text.size() - end));
  for (const auto& [unit, factor] : kUnits) {
    if (error == std::errc() && rest == unit) {
      return number * factor;
    }
  }
  return std::nullopt;
}

/// A point of one document, with what is needed to tell it from those of others.
struct Candidate {
  Point point;
  const RunFile* file;
};

/// The value of one possible axis at a point, or nothing if the point has none.
using Look = std::function<std::optional<Setting>(const Candidate&)>;

/// Keeps the axis if points differ on it.
void add_setting(std::vector<Candidate>& candidates, const Look& look) {
  std::set<std::string> values;
  std::vector<std::optional<Setting>> settings;
  for (const Candidate& candidate : candidates) {
    settings.push_back(look(candidate));
    values.insert(settings.back() ? settings.back()->value : std::string());
  }
  if (values.size() < 2) {
    return;
  }
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (settings[i]) {
      candidates[i].point.settings.push_back(*settings[i]);
    }
  }
}

std::optional<Setting> parameter_setting(const Candidate& candidate, const std::string& name) {
  const Json& parameters = candidate.file->document.at("machine").at("parameters");
  const auto found = parameters.find(name);
  if (found == parameters.end()) {
    return std::nullopt;
  }
  return Setting{name, found->at("value").get<std::string>(), found->at("number").get<double>()};
}

std::optional<Setting> option_setting(const Candidate& candidate, const std::string& name) {
  if (candidate.point.phases.empty()) {
    return std::nullopt;
  }
  for (const OptionValue& option : candidate.point.phases.front().result.options) {
    if (option.name == name) {
      return Setting{"option." + name, option.value, number_in(option.value)};
    }
  }
  return std::nullopt;
}

/// Parameters that some command line changed, in the documents' order. Machines of different names differ in
/// much else, which their names stand for; how many CPUs there are is told by the points themselves.
std::vector<std::string> changed_parameters(const std::vector<Candidate>& candidates) {
  std::vector<std::string> names;
  for (const Candidate& candidate : candidates) {
    for (const auto& [name, parameter] : candidate.file->document.at("machine").at("parameters").items()) {
      if (text_or_nothing(parameter, "provenance") == "set" && !name.starts_with("topology.") &&
          std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
      }
    }
  }
  return names;
}

std::vector<std::string> option_names(const std::vector<Candidate>& candidates) {
  std::vector<std::string> names;
  for (const Candidate& candidate : candidates) {
    for (const Measured& measured : candidate.point.phases) {
      for (const OptionValue& option : measured.result.options) {
        if (std::find(names.begin(), names.end(), option.name) == names.end()) {
          names.push_back(option.name);
        }
      }
    }
  }
  return names;
}

bool has_twins(const std::vector<Candidate>& candidates) {
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const Point& a = candidates[i].point;
      const Point& b = candidates[j].point;
      if (a.kernel == b.kernel && a.cpus == b.cpus && a.settings == b.settings) {
        return true;
      }
    }
  }
  return false;
}

void add_settings(std::vector<Candidate>& candidates) {
  add_setting(candidates, [](const Candidate& candidate) {
    return Setting{"machine", candidate.file->document.at("machine").at("name").get<std::string>(), {}};
  });
  for (const std::string& name : changed_parameters(candidates)) {
    add_setting(candidates,
                [&name](const Candidate& candidate) { return parameter_setting(candidate, name); });
  }
  for (const std::string& name : option_names(candidates)) {
    add_setting(candidates, [&name](const Candidate& candidate) { return option_setting(candidate, name); });
  }
  add_setting(candidates, [](const Candidate& candidate) {
    const auto seed = candidate.file->document.at("seed").get<std::uint64_t>();
    return Setting{"seed", std::to_string(seed), static_cast<double>(seed)};
  });
  if (has_twins(candidates)) {
    add_setting(candidates, [](const Candidate& candidate) {
      return Setting{"file", candidate.file->path, std::nullopt};
    });
  }
}

/// For documents that do not tell their command: the parameters that were set stand in them.
std::string command_of(const Json& document) {
  const std::string told = text_or_nothing(document, "command");
  return told.empty() ? "p9mmu run " + document.at("workload").at("script").get<std::string>() +
                            " (an older document, which does not tell the whole command)"
                      : told;
}

/// The document's points: one for each kernel, missing ones last.
std::vector<Point> points_of(const Json& document) {
  std::vector<Point> points;
  for (const Json& entry : document.at("results")) {
    Measured measured = measured_from_json(entry);
    auto point = std::find_if(points.begin(), points.end(),
                              [&](const Point& known) { return known.kernel == measured.result.kernel; });
    if (point == points.end()) {
      Point fresh;
      fresh.kernel = measured.result.kernel;
      fresh.cpus = measured.result.cpus;
      fresh.command = command_of(document);
      point = points.insert(points.end(), std::move(fresh));
    }
    point->phases.push_back(std::move(measured));
  }
  for (const Json& kernel : document.at("missing")) {
    Point missing;
    missing.kernel = kernel.get<std::string>();
    missing.cpus = document.at("machine").at("cpus").get<std::uint32_t>();
    missing.command = command_of(document);
    missing.state = PointState::missing;
    missing.message = "the run was interrupted before this kernel had finished";
    points.push_back(std::move(missing));
  }
  return points;
}

std::string options_text(const Json& document) {
  std::string text;
  for (const auto& [name, value] : document.at("workload").at("options").items()) {
    text += (text.empty() ? "" : ", ") + name + " = " + value.get<std::string>();
  }
  return text.empty() ? "none given" : text;
}

std::string kernels_text(const std::vector<Point>& points) {
  std::string text;
  for (const Point& point : points) {
    text += (text.empty() ? "" : ", ") + point.kernel;
  }
  return text;
}

/// What each of the documents says, once if all say the same.
std::string across(const std::vector<const RunFile*>& files,
                   const std::function<std::string(const Json&)>& say) {
  std::vector<std::string> texts;
  for (const RunFile* file : files) {
    const std::string text = say(file->document);
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) {
      texts.push_back(text);
    }
  }
  std::string joined;
  for (const std::string& text : texts) {
    joined += (joined.empty() ? "" : "; ") + text;
  }
  return joined;
}

Experiment experiment_of(const std::vector<const RunFile*>& files) {
  Experiment experiment;
  std::vector<Candidate> candidates;
  std::string paths;
  for (const RunFile* file : files) {
    for (Point& point : points_of(file->document)) {
      candidates.push_back(Candidate{std::move(point), file});
    }
    experiment.machines.push_back(machine_from_json(file->document.at("machine")));
    paths += (paths.empty() ? "" : ", ") + file->path;
  }
  add_settings(candidates);
  for (Candidate& candidate : candidates) {
    candidate.point.number = experiment.points.size() + 1;
    experiment.points.push_back(std::move(candidate.point));
  }
  const Json& first = files.front()->document;
  const std::string script = first.at("workload").at("script").get<std::string>();
  experiment.title = (files.size() == 1 ? "Run of " : "Runs of ") + script.substr(script.rfind('/') + 1);
  experiment.asked = {
      {"Script", script},
      {"Options", across(files, options_text)},
      {"Machine", across(files,
                         [](const Json& document) {
                           return document.at("machine").at("name").get<std::string>() + ", " +
                                  std::to_string(document.at("machine").at("cpus").get<std::uint32_t>()) +
                                  " CPUs";
                         })},
      {"Kernels", across(files, [](const Json& document) { return kernels_text(points_of(document)); })},
      {"Seed", across(files, [](const Json& document) { return document.at("seed").dump(); })},
      {"Program", across(files,
                         [](const Json& document) {
                           return "p9mmu " + document.at("program").at("version").get<std::string>();
                         })},
      {files.size() == 1 ? "Document" : "Documents", paths}};
  return experiment;
}

int line_of(const std::string& text, std::size_t byte) {
  return 1 +
         static_cast<int>(std::count(
             text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(byte, text.size())), '\n'));
}

}  // namespace

Measured measured_from_json(const Json& entry) {
  Measured measured;
  measured.result = result_from_json(entry);
  entry.at("elapsed_cycles").get_to(measured.elapsed_cycles);
  entry.at("victim_cycles").get_to(measured.victim_cycles);
  measured.published_is = text_or_nothing(entry, "published_is");
  return measured;
}

MachineSheet machine_from_json(const Json& machine) {
  MachineSheet sheet;
  machine.at("name").get_to(sheet.name);
  machine.at("cpus").get_to(sheet.cpus);
  for (const auto& [name, parameter] : machine.at("parameters").items()) {
    ResolvedParameter resolved;
    resolved.name = name;
    parameter.at("value").get_to(resolved.value_text);
    parameter.at("number").get_to(resolved.value_number);
    resolved.unit = text_or_nothing(parameter, "unit");
    resolved.range = text_or_nothing(parameter, "range");
    resolved.provenance = text_or_nothing(parameter, "provenance");
    resolved.source = text_or_nothing(parameter, "source");
    resolved.calibrated_on = text_or_nothing(parameter, "calibrated_on");
    resolved.replaced = text_or_nothing(parameter, "replaced");
    resolved.meaning = text_or_nothing(parameter, "meaning");
    sheet.parameters.push_back(std::move(resolved));
  }
  return sheet;
}

RunFile parse_run_file(const std::string& path, const std::string& text) {
  const std::string expected = "; expected what p9mmu run --format json prints";
  RunFile file{path, {}};
  try {
    file.document = Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw UserError(path, line_of(text, error.byte), "is not JSON from here on" + expected);
  }
  const std::string schema = file.document.is_object() ? text_or_nothing(file.document, "schema") : "";
  if (schema.empty()) {
    throw UserError(path, 0, "is JSON but names no schema" + expected);
  }
  if (schema != kRunSchema) {
    throw UserError(path, 0, "is a document of schema " + schema + "; expected " + kRunSchema);
  }
  return file;
}

std::vector<Experiment> experiments_of(const std::vector<RunFile>& files) {
  std::vector<std::pair<std::string, std::vector<const RunFile*>>> by_script;
  for (const RunFile& file : files) {
    try {
      // Read by itself first, so that what is wrong is blamed on the right file.
      const std::string script = file.document.at("workload").at("script").get<std::string>();
      (void)experiment_of({&file});
      const auto found = std::find_if(by_script.begin(), by_script.end(),
                                      [&](const auto& group) { return group.first == script; });
      (found == by_script.end() ? by_script.insert(found, {script, {}}) : found)->second.push_back(&file);
    } catch (const Json::exception& error) {
      throw UserError(file.path, 0, std::string("is not a whole run document: ") + error.what());
    }
  }
  std::vector<Experiment> experiments;
  experiments.reserve(by_script.size());
  for (const auto& [script, group] : by_script) {
    experiments.push_back(experiment_of(group));
  }
  return experiments;
}

}  // namespace p9mmu::model::report::page
