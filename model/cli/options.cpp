#include "model/cli/options.h"

#include <boost/program_options.hpp>
#include <charconv>
#include <sstream>

#include "mmu/error.h"

namespace p9mmu::model {
namespace {

namespace po = boost::program_options;
using mmu::UserError;

constexpr const char* kPositional = "\npositional";  // no user can type this as an option
constexpr const char* kHelp = "help";

po::options_description describe(const Command& command) {
  po::options_description description;
  description.add_options()("help,h", "");
  for (const Option& option : command.options) {
    const std::string names = option.name + (option.letter == '\0' ? "" : std::string(",") + option.letter);
    if (option.argument.empty()) {
      description.add_options()(names.c_str(), "");
    } else if (option.repeated) {
      description.add_options()(names.c_str(), po::value<std::vector<std::string>>(), "");
    } else {
      description.add_options()(names.c_str(), po::value<std::string>(), "");
    }
  }
  description.add_options()(kPositional, po::value<std::vector<std::string>>(), "");
  return description;
}

/// "p9mmu run", as messages begin.
std::string prefix(const Command& command) {
  return command.name + ": ";
}

std::string argument_of(const Command& command, const std::string& dashed) {
  for (const Option& option : command.options) {
    if ("--" + option.name == dashed) {
      return option.argument;
    }
  }
  return "a value";
}

[[noreturn]] void fail_unknown(const Command& command, const std::string& dashed) {
  std::vector<std::string> names = {"--help"};
  for (const Option& option : command.options) {
    names.push_back("--" + option.name);
  }
  throw UserError(prefix(command) + "unknown option '" + dashed + "'" + mmu::did_you_mean(dashed, names) +
                  "; p9mmu " + command.name + " --help lists them");
}

[[noreturn]] void fail_no_value(const Command& command, const std::string& dashed) {
  throw UserError(prefix(command) + dashed + " has no value; expected " + dashed + " " +
                  argument_of(command, dashed));
}

[[noreturn]] void fail_syntax(const Command& command, const po::invalid_command_line_syntax& error) {
  const std::string dashed = error.get_option_name();
  if (error.kind() == po::invalid_syntax::extra_parameter) {
    throw UserError(prefix(command) + dashed + " takes no value");
  }
  fail_no_value(command, dashed);
}

po::variables_map parse(const Command& command, const std::vector<std::string>& words) {
  const po::options_description description = describe(command);
  po::positional_options_description positional;
  positional.add(kPositional, -1);
  po::variables_map map;
  try {
    const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
    po::store(po::command_line_parser(words).options(description).positional(positional).style(style).run(),
              map);
  } catch (const po::unknown_option& error) {
    fail_unknown(command, error.get_option_name());
  } catch (const po::invalid_command_line_syntax& error) {
    fail_syntax(command, error);
  } catch (const po::multiple_occurrences& error) {
    throw UserError(prefix(command) + error.get_option_name() + " is given more than once");
  } catch (const po::error& error) {
    throw UserError(prefix(command) + error.what());
  }
  return map;
}

/// Boost takes what follows for a value, be it empty or another option.
void check_values(const Command& command, const Arguments& arguments) {
  for (const Option& option : command.options) {
    for (const std::string& value : arguments.all(option.name)) {
      if (value.empty() || value.starts_with("--")) {
        fail_no_value(command, "--" + option.name);
      }
    }
  }
}

void check_positionals(const Command& command, const std::vector<std::string>& given) {
  std::istringstream described(command.positional);
  std::vector<std::string> wanted;
  std::size_t most = 0;
  for (std::string word; described >> word; ++most) {
    if (!word.starts_with('[')) {
      wanted.push_back(word);
    }
  }
  if (given.size() < wanted.size()) {
    throw UserError(prefix(command) + wanted[given.size()] + " is missing; expected p9mmu " + command.name +
                    " " + command.positional);
  }
  if (command.positional.find("...") != std::string::npos) {
    return;
  }
  if (given.size() > most) {
    throw UserError(prefix(command) + "unexpected argument '" + given[most] + "'");
  }
}

}  // namespace

Arguments parse_arguments(const Command& command, const std::vector<std::string>& words) {
  const po::variables_map map = parse(command, words);
  Arguments arguments;
  if (map.count(kHelp) > 0) {
    arguments.options[kHelp] = {};
    return arguments;
  }
  for (const Option& option : command.options) {
    if (map.count(option.name) == 0) {
      if (!option.fallback.empty()) {
        arguments.options[option.name] = {option.fallback};
      }
    } else if (option.argument.empty()) {
      arguments.options[option.name] = {};
    } else if (option.repeated) {
      arguments.options[option.name] = map[option.name].as<std::vector<std::string>>();
    } else {
      arguments.options[option.name] = {map[option.name].as<std::string>()};
    }
  }
  check_values(command, arguments);
  if (map.count(kPositional) > 0) {
    arguments.positionals = map[kPositional].as<std::vector<std::string>>();
  }
  check_positionals(command, arguments.positionals);
  return arguments;
}

std::uint64_t parse_whole(const std::string& option, std::string_view text, std::uint64_t greatest) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number > greatest) {
    throw UserError(
        option, 0, "'" + std::string(text) + "' is not a whole number from 0 to " + std::to_string(greatest));
  }
  return number;
}

std::string parse_word(const std::string& option, const std::string& text,
                       const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) {
    if (word == text) {
      return text;
    }
    list += (list.empty() ? "" : ", ") + word;
  }
  throw UserError(option, 0,
                  "unknown '" + text + "'" + mmu::did_you_mean(text, words) + "; expected one of " + list);
}

std::map<std::string, std::string> parse_workload_options(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> result;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw UserError("--option", 0, "'" + text + "' is not NAME=VALUE; expected one such as guest=8GiB");
    }
    result[text.substr(0, equals)] = text.substr(equals + 1);
  }
  return result;
}

std::string joined(const std::vector<std::string>& words, const std::string& separator) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : separator) + word;
  }
  return text;
}

}  // namespace p9mmu::model
