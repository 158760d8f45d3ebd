#include "model/report/json.h"

#include <cmath>

#include "mmu/check.h"
#include "model/report/published.h"

namespace p9mmu::model::report {
namespace {

/// To a thousandth, so that the shortest text that reads back as this number has three decimals at most.
double rounded(double number) {
  return std::round(number * 1e3) / 1e3;
}

double cycles(std::int64_t ps, const Machine& machine) {
  return rounded(machine.parameters.cpus.core_clock.in_cycles(interconnect::Time(ps)));
}

/// Whole numbers as such, whatever type carried them.
Json number(double value) {
  if (std::abs(value) < 9e15 && value == std::floor(value)) {
    return static_cast<std::int64_t>(value);
  }
  return value;
}

Json optional_text(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

Json options_to_json(const PhaseResult& result) {
  Json options = Json::object();
  for (const OptionValue& option : result.options) {
    options[option.name] = option.value;
  }
  return options;
}

void add_counters(Json& entry, const PhaseResult& result) {
  for (const std::string& name : promised_counters()) {
    entry[name] = nullptr;
  }
  Json declarations = Json::array();
  for (const Counter& counter : result.counters) {
    const auto taken = entry.find(counter.name);
    P9MMU_CHECK(taken == entry.end() || taken->is_null(), "the counter's name is a field: " << counter.name);
    entry[counter.name] = counter.value;
    declarations.push_back({{"name", counter.name}, {"unit", counter.unit}, {"sentence", counter.sentence}});
  }
  entry["counters"] = std::move(declarations);
}

Json round_times_to_json(const PhaseResult& result) {
  Json buckets = Json::array();
  for (const RoundTimes& bucket : result.ipi_round_times) {
    buckets.push_back(
        {{"from_ps", bucket.from_ps}, {"below_ps", bucket.below_ps}, {"rounds", bucket.rounds}});
  }
  return buckets;
}

Json accounts_to_json(const PhaseResult& result, const Machine& machine) {
  Json accounts = Json::array();
  for (const AccountRow& row : result.accounts) {
    accounts.push_back({{"cpus", row.cpus},
                        {"path", row.path},
                        {"cause", row.cause},
                        {"ps", row.ps},
                        {"cycles", cycles(row.ps, machine)}});
  }
  return accounts;
}

}  // namespace

const std::vector<std::string>& promised_counters() {
  static const std::vector<std::string> names = {"pmds_cleared", "ipis_sent",    "ipi_rounds",
                                                 "tlbie_count",  "tlbiel_count", "ptesync_count",
                                                 "tlbsync_count"};
  return names;
}

Json to_json(const std::vector<ResolvedParameter>& parameters) {
  Json result = Json::object();
  for (const ResolvedParameter& parameter : parameters) {
    result[parameter.name] = {{"value", parameter.value_text},
                              {"number", number(parameter.value_number)},
                              {"unit", parameter.unit},
                              {"range", parameter.range},
                              {"provenance", parameter.provenance},
                              {"source", parameter.source},
                              {"calibrated_on", optional_text(parameter.calibrated_on)},
                              {"replaced", optional_text(parameter.replaced)},
                              {"meaning", parameter.meaning}};
  }
  return result;
}

Json to_json(const Machine& machine) {
  return {{"name", machine.name},
          {"cpus", machine.parameters.interconnect.topology.cpus()},
          {"parameters", to_json(machine.resolved)}};
}

Json to_json(const PhaseResult& result, const Machine& machine) {
  Json entry = Json::object();
  entry["kernel"] = result.kernel;
  entry["phase"] = result.phase;
  entry["cpus"] = result.cpus;
  entry["measured_cpu"] = result.measured_cpu;
  entry["options"] = options_to_json(result);
  entry["elapsed_ps"] = result.elapsed_ps;
  entry["elapsed_cycles"] = cycles(result.elapsed_ps, machine);
  entry["victim_ps"] = result.victim_ps;
  entry["victim_cycles"] = cycles(result.victim_ps, machine);
  add_counters(entry, result);
  entry["ipi_round_times"] = round_times_to_json(result);
  entry["accounts"] = accounts_to_json(result, machine);
  entry["assumptions"] = result.assumptions;
  const std::optional<PublishedIs> is = published_is(result, machine.resolved);
  const std::optional<double> ratio = published_ratio(result);
  entry["published_ms"] = result.published_ms ? number(*result.published_ms) : Json();
  entry["published_is"] = is ? Json(name(*is)) : Json();
  entry["published_ratio"] = ratio ? Json(std::round(*ratio * 1e6) / 1e6) : Json();
  entry["published_source"] = optional_text(result.published_source);
  entry["host_seconds"] = result.host_seconds;
  entry["host_peak_bytes"] = result.host_peak_bytes;
  return entry;
}

Json to_json(const std::vector<Finding>& findings) {
  Json list = Json::array();
  for (const Finding& finding : findings) {
    list.push_back({{"rule", finding.rule},
                    {"text", finding.text},
                    {"cpu", finding.cpu},
                    {"path", finding.path},
                    {"cause_cpu", finding.cause_path.empty() ? Json() : Json(finding.cause_cpu)},
                    {"cause_path", optional_text(finding.cause_path)}});
  }
  return list;
}

std::vector<Finding> findings_from_json(const Json& list) {
  std::vector<Finding> findings;
  for (const Json& entry : list) {
    Finding& finding = findings.emplace_back();
    entry.at("rule").get_to(finding.rule);
    entry.at("text").get_to(finding.text);
    entry.at("cpu").get_to(finding.cpu);
    entry.at("path").get_to(finding.path);
    if (!entry.at("cause_path").is_null()) {
      entry.at("cause_cpu").get_to(finding.cause_cpu);
      entry.at("cause_path").get_to(finding.cause_path);
    }
  }
  return findings;
}

Json to_json(const RunDocument& document) {
  Json root = Json::object();
  root["schema"] = kRunSchema;
  root["program"] = {{"name", "p9mmu"}, {"version", document.program_version}};
  root["machine"] = to_json(document.machine);
  Json options = Json::object();
  for (const auto& [name, value] : document.options) {
    options[name] = value;
  }
  root["workload"] = {{"script", document.script}, {"options", std::move(options)}};
  root["seed"] = document.seed;
  root["command"] = document.command;
  root["results"] = Json::array();
  for (const PhaseResult& result : document.results) {
    root["results"].push_back(to_json(result, document.machine));
  }
  if (!document.audits.empty()) {
    root["audits"] = Json::array();
    for (const Audited& audited : document.audits) {
      root["audits"].push_back({{"kernel", audited.kernel}, {"findings", to_json(audited.findings)}});
    }
  }
  root["missing"] = document.missing;
  return root;
}

PhaseResult result_from_json(const Json& entry) {
  PhaseResult result;
  entry.at("kernel").get_to(result.kernel);
  entry.at("phase").get_to(result.phase);
  entry.at("cpus").get_to(result.cpus);
  entry.at("measured_cpu").get_to(result.measured_cpu);
  for (const auto& [name, value] : entry.at("options").items()) {
    result.options.push_back({name, value.get<std::string>()});
  }
  entry.at("elapsed_ps").get_to(result.elapsed_ps);
  entry.at("victim_ps").get_to(result.victim_ps);
  for (const Json& declared : entry.at("counters")) {
    const std::string name = declared.at("name").get<std::string>();
    result.counters.push_back({name, declared.at("unit").get<std::string>(),
                               declared.at("sentence").get<std::string>(),
                               entry.at(name).get<std::int64_t>()});
  }
  for (const Json& bucket : entry.value("ipi_round_times", Json::array())) {
    result.ipi_round_times.push_back({bucket.at("from_ps").get<std::int64_t>(),
                                      bucket.at("below_ps").get<std::int64_t>(),
                                      bucket.at("rounds").get<std::int64_t>()});
  }
  for (const Json& row : entry.at("accounts")) {
    result.accounts.push_back({row.at("cpus").get<std::string>(), row.at("path").get<std::string>(),
                               row.at("cause").get<std::string>(), row.at("ps").get<std::int64_t>()});
  }
  entry.at("assumptions").get_to(result.assumptions);
  if (!entry.at("published_ms").is_null()) {
    result.published_ms = entry.at("published_ms").get<double>();
  }
  if (!entry.at("published_source").is_null()) {
    entry.at("published_source").get_to(result.published_source);
  }
  // What depends on the host is not kept in a sweep's database.
  result.host_seconds = entry.value("host_seconds", 0.0);
  result.host_peak_bytes = entry.value("host_peak_bytes", std::int64_t{0});
  return result;
}

std::string dump(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace p9mmu::model::report
