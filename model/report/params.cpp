#include "model/report/params.h"

#include "model/report/json.h"
#include "model/report/numbers.h"

namespace p9mmu::model::report {
namespace {

std::string group_of(const std::string& name) {
  return name.substr(0, name.find('.'));
}

std::string padded(std::string text, std::size_t width) {
  text.resize(std::max(width, text.size()), ' ');
  return text;
}

/// Cycles say what they come to at this clock.
std::string value_of(const ResolvedParameter& parameter) {
  if (parameter.value_text.find("cycle") == std::string::npos) {
    return parameter.value_text;
  }
  return parameter.value_text + " = " + significant(parameter.value_number / 1e3, 4) + " ns";
}

std::string origin_of(const ResolvedParameter& parameter) {
  std::string text = parameter.meaning + ". Source: " + parameter.source + ".";
  if (!parameter.calibrated_on.empty()) {
    text += " Calibrated on " + parameter.calibrated_on + ".";
  }
  return parameter.replaced.empty() ? text : text + " Instead of " + parameter.replaced + ".";
}

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == std::string::npos) {
    return text;
  }
  std::string result = "\"";
  for (const char c : text) {
    result += c == '"' ? "\"\"" : std::string(1, c);
  }
  return result + "\"";
}

}  // namespace

std::string params_to_text(const Machine& machine) {
  std::string text = machine.name + ": " + grouped(machine.parameters.interconnect.topology.cpus()) +
                     " CPUs. Each parameter: value, (range), provenance; then meaning and source.\n";
  std::string group;
  for (const ResolvedParameter& parameter : machine.resolved) {
    if (group_of(parameter.name) != group) {
      group = group_of(parameter.name);
      text += "\n[" + group + "]\n";
    }
    text += padded(parameter.name, 41) + " " + padded(value_of(parameter), 12) + "  (" + parameter.range +
            ")  " + parameter.provenance + "\n";
    text += paragraph("    ", origin_of(parameter));
  }
  return text;
}

std::string params_to_json(const Machine& machine) {
  Json root = Json::object();
  root["machine"] = machine.name;
  root["parameters"] = to_json(machine.resolved);
  return dump(root);
}

std::string params_to_csv(const Machine& machine) {
  std::string text = "name,value,number,unit,range,provenance,source,calibrated_on,replaced,meaning\n";
  for (const ResolvedParameter& parameter : machine.resolved) {
    const Json as_json = to_json(std::vector<ResolvedParameter>{parameter})[parameter.name];
    const std::string cells[] = {parameter.name,   parameter.value_text,    as_json["number"].dump(),
                                 parameter.unit,   parameter.range,         parameter.provenance,
                                 parameter.source, parameter.calibrated_on, parameter.replaced,
                                 parameter.meaning};
    std::string line;
    for (const std::string& cell : cells) {
      line += (line.empty() ? "" : ",") + quoted(cell);
    }
    text += line + "\n";
  }
  return text;
}

}  // namespace p9mmu::model::report
