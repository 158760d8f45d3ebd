#include "model/compare/run_source.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "mmu/error.h"

namespace p9mmu::model {
namespace {

using mmu::UserError;
using report::Json;
using report::PhaseResult;

constexpr const char* kExpected = "expected a document of p9mmu run --format json";

std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (std::filesystem::is_directory(path) || !file || !(text << file.rdbuf())) {
    const bool directory = std::filesystem::is_directory(path);
    throw UserError(path, 0, std::string("cannot be read: ") + std::strerror(directory ? EISDIR : errno));
  }
  return text.str();
}

int line_of(const std::string& text, std::size_t byte) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(byte, text.size()));
  return static_cast<int>(std::count(text.begin(), end, '\n')) + 1;
}

Json parse_document(const std::string& text, const std::string& file) {
  Json document;
  try {
    document = Json::parse(text);
  } catch (const Json::parse_error& error) {
    throw UserError(file, line_of(text, error.byte), std::string("is no JSON; ") + kExpected);
  }
  const std::string schema = document.is_object() ? document.value("schema", Json()).dump() : "null";
  if (schema != Json(report::kRunSchema).dump()) {
    throw UserError(file, 0, "has schema " + schema + "; " + kExpected + ", \"" + report::kRunSchema + "\"");
  }
  return document;
}

/// Once each: the same phase may have been measured twice.
void add_unless_there(std::vector<Input>& inputs, const std::string& name, const std::string& value) {
  const auto there =
      std::find_if(inputs.begin(), inputs.end(), [&](const Input& input) { return input.name == name; });
  if (there == inputs.end()) {
    inputs.push_back({name, value});
  }
}

std::vector<PhaseResult> results_under(const Json& document, const SourceName& source) {
  std::vector<PhaseResult> results;
  std::vector<std::string> kernels;
  for (const Json& entry : document.at("results")) {
    PhaseResult result = report::result_from_json(entry);
    kernels.push_back(result.kernel);
    if (source.kernel.empty() || result.kernel == source.kernel) {
      results.push_back(std::move(result));
    }
  }
  if (!source.kernel.empty() && results.empty()) {
    throw UserError(
        source.file, 0,
        "has no result under kernel '" + source.kernel + "'" + mmu::did_you_mean(source.kernel, kernels));
  }
  return results;
}

}  // namespace

SourceName parse_source(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  std::error_code ignored;
  if (colon == std::string::npos || colon == 0 || std::filesystem::exists(text, ignored)) {
    return {text, ""};
  }
  return {text.substr(0, colon), text.substr(colon + 1)};
}

void add_machine(const Json& machine, std::vector<Input>& inputs) {
  inputs.push_back({"machine", machine.at("name").get<std::string>()});
  for (const auto& [name, parameter] : machine.at("parameters").items()) {
    inputs.push_back({name, parameter.at("value").get<std::string>()});
  }
}

void add_options(const std::vector<PhaseResult>& results, std::vector<Input>& inputs) {
  for (const PhaseResult& result : results) {
    for (const report::OptionValue& option : result.options) {
      add_unless_there(inputs, "option " + option.name, option.value);
    }
  }
}

PhaseResult result_without_host(Json entry) {
  entry["host_seconds"] = 0;
  entry["host_peak_bytes"] = 0;
  return report::result_from_json(entry);
}

ComparedRun run_from_text(const std::string& text, const SourceName& source) {
  const Json document = parse_document(text, source.file);
  ComparedRun run;
  run.label = source.file + (source.kernel.empty() ? "" : ":" + source.kernel);
  run.any_kernel = !source.kernel.empty();
  try {
    run.results = results_under(document, source);
    run.inputs = {{"version", document.at("program").at("version").get<std::string>()},
                  {"script", document.at("workload").at("script").get<std::string>()},
                  {"seed", std::to_string(document.at("seed").get<std::uint64_t>())}};
    if (run.any_kernel) {
      run.inputs.push_back({"kernel", source.kernel});
    }
    add_machine(document.at("machine"), run.inputs);
    for (const auto& [name, value] : document.at("workload").at("options").items()) {
      // What is in force says the same of an option that is given, but for a run without results.
      if (run.results.empty()) {
        run.inputs.push_back({"option " + name, value.get<std::string>()});
      }
    }
    add_options(run.results, run.inputs);
  } catch (const Json::exception& error) {
    throw UserError(source.file, 0,
                    std::string("lacks what a run document has (") + error.what() + "); " + kExpected);
  }
  return run;
}

ComparedRun read_run(const SourceName& source) {
  return run_from_text(read_text(source.file), source);
}

}  // namespace p9mmu::model
