// What a script declares about itself: options, published figures, assumptions. All of it in the main chunk,
// for it is read before the threads run.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <utility>

#include "workloads/script/host_state.h"

namespace p9mmu::workloads {
namespace {

using mmu::UserError;

constexpr std::size_t kMostDeclarations = 1000;
constexpr std::size_t kLongestText = 4096;

/// The text at `index` of a declaration, on one line.
std::string declared_text(lua_State* lua, int index, const char* what) {
  const std::string_view text = check_text(lua, index);
  if (text.empty() || text.size() > kLongestText) {
    throw UserError(std::string(what) + " has " + std::to_string(text.size()) +
                    " characters; expected 1 to " + std::to_string(kLongestText));
  }
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; };
  if (std::any_of(text.begin(), text.end(), is_control)) {
    throw UserError(std::string(what) + " contains a control character; expected one line of text");
  }
  return std::string(text);
}

void check_declaration(const HostState& host, std::size_t declared, const char* what) {
  if (host.running != nullptr) {
    throw UserError(std::string(what) + " is for the main chunk, not for a thread");
  }
  if (declared >= kMostDeclarations) {
    throw UserError("more than " + std::to_string(kMostDeclarations) + " uses of " + what);
  }
}

std::string option_name(lua_State* lua, const HostState& host) {
  std::string name = declared_text(lua, 1, "an option's name");
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  if (!std::all_of(name.begin(), name.end(), is_allowed) || name.front() == '-') {
    throw UserError("option '" + name + "': a name is made of a to z, 0 to 9, _ and -");
  }
  for (const OptionDeclared& option : host.options) {
    if (option.name == name) {
      throw UserError("option '" + name + "' is declared twice");
    }
  }
  return name;
}

void push_value(lua_State* lua, const OptionValue& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    lua_pushinteger(lua, *integer);
  } else if (const auto* number = std::get_if<double>(&value)) {
    lua_pushnumber(lua, *number);
  } else if (const auto* boolean = std::get_if<bool>(&value)) {
    lua_pushboolean(lua, static_cast<int>(*boolean));
  } else if (const auto* text = std::get_if<std::string>(&value)) {
    push(lua, *text);
  } else {
    const auto& cpus = std::get<std::vector<std::uint32_t>>(value);
    lua_createtable(lua, static_cast<int>(cpus.size()), 0);
    for (std::size_t i = 0; i < cpus.size(); ++i) {
      lua_pushinteger(lua, cpus[i]);
      lua_rawseti(lua, -2, static_cast<lua_Integer>(i) + 1);
    }
  }
}

/// Declares the option and pushes its value: the given one, or else the default.
int declare(lua_State* lua, HostState& host, OptionDeclared option) {
  check_declaration(host, host.options.size(), "option");
  const std::uint32_t cpus = host.world.cpus();
  OptionValue value = parse_option(option, option.default_value, cpus);
  option.value = option.default_value;
  const auto given = host.given.find(option.name);
  if (given != host.given.end()) {
    std::string problem;
    try {
      value = parse_option(option, given->second, cpus);
    } catch (const UserError& error) {
      problem = error.what();
    }
    if (!problem.empty()) {
      // The user's mistake, not the script's: the script is not to catch it.
      end_script(lua, problem);
    }
    option.value = given->second;
  }
  host.options.push_back(std::move(option));
  push_value(lua, value);
  return 1;
}

std::string shortest(double number) {
  std::array<char, 32> text{};
  const auto [end, error] = std::to_chars(text.data(), text.data() + text.size(), number);
  return {text.data(), end};
}

int declare_option(lua_State* lua, HostState& host) {
  OptionDeclared option;
  option.name = option_name(lua, host);
  option.help = declared_text(lua, 3, "an option's help");
  switch (lua_type(lua, 2)) {
    case LUA_TBOOLEAN:
      option.type = OptionType::boolean;
      option.default_value = lua_toboolean(lua, 2) != 0 ? "true" : "false";
      break;
    case LUA_TNUMBER:
      if (lua_isinteger(lua, 2) != 0) {
        option.type = OptionType::integer;
        option.default_value = std::to_string(lua_tointeger(lua, 2));
      } else {
        option.type = OptionType::number;
        option.default_value = shortest(lua_tonumber(lua, 2));
      }
      break;
    case LUA_TSTRING:
      option.type = OptionType::string;
      option.default_value = check_text(lua, 2);
      break;
    default:
      throw UserError("option '" + option.name + "': the default is a " + luaL_typename(lua, 2) +
                      "; expected a number, boolean or string");
  }
  return declare(lua, host, std::move(option));
}

int declare_of_type(lua_State* lua, HostState& host, OptionType type) {
  OptionDeclared option;
  option.name = option_name(lua, host);
  option.default_value = declared_text(lua, 2, "an option's default");
  option.help = declared_text(lua, 3, "an option's help");
  option.type = type;
  return declare(lua, host, std::move(option));
}

int declare_size_option(lua_State* lua, HostState& host) {
  return declare_of_type(lua, host, OptionType::size);
}

int declare_cpus_option(lua_State* lua, HostState& host) {
  return declare_of_type(lua, host, OptionType::cpus);
}

int declare_choice_option(lua_State* lua, HostState& host) {
  OptionDeclared option;
  option.name = option_name(lua, host);
  option.default_value = declared_text(lua, 2, "an option's default");
  luaL_checktype(lua, 3, LUA_TTABLE);
  option.help = declared_text(lua, 4, "an option's help");
  option.type = OptionType::choice;
  const auto count = static_cast<lua_Integer>(lua_rawlen(lua, 3));
  if (count < 1 || count > static_cast<lua_Integer>(kMostDeclarations)) {
    throw UserError("option '" + option.name + "': expected a list of choices");
  }
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_rawgeti(lua, 3, i);
    option.choices.push_back(declared_text(lua, -1, "a choice"));
    lua_pop(lua, 1);
  }
  return declare(lua, host, std::move(option));
}

int declare_published(lua_State* lua, HostState& host) {
  check_declaration(host, host.published.size(), "published");
  Published figures;
  figures.phase = declared_text(lua, 1, "a phase's name");
  luaL_checktype(lua, 2, LUA_TTABLE);
  figures.source = declared_text(lua, 3, "a source");
  for (const Published& other : host.published) {
    if (other.phase == figures.phase) {
      throw UserError("figures for phase '" + figures.phase + "' are published twice");
    }
  }
  for (lua_pushnil(lua); lua_next(lua, 2) != 0; lua_pop(lua, 1)) {
    if (lua_type(lua, -2) != LUA_TSTRING || lua_type(lua, -1) != LUA_TNUMBER ||
        !std::isfinite(lua_tonumber(lua, -1)) || lua_tonumber(lua, -1) <= 0) {
      throw UserError("published figures are milliseconds by kernel, such as {[\"ipi-free\"] = 39}");
    }
    figures.ms_by_kernel.emplace(declared_text(lua, -2, "a kernel's name"), lua_tonumber(lua, -1));
  }
  host.published.push_back(std::move(figures));
  return 0;
}

int declare_assumption(lua_State* lua, HostState& host) {
  check_declaration(host, host.assumptions.size(), "assumption");
  host.assumptions.push_back(declared_text(lua, 1, "an assumption"));
  return 0;
}

constexpr std::array kFunctions = {luaL_Reg{"assumption", bind<declare_assumption>},
                                   luaL_Reg{"choice_option", bind<declare_choice_option>},
                                   luaL_Reg{"cpus_option", bind<declare_cpus_option>},
                                   luaL_Reg{"option", bind<declare_option>},
                                   luaL_Reg{"published", bind<declare_published>},
                                   luaL_Reg{"size_option", bind<declare_size_option>}};

}  // namespace

void open_option_bindings(lua_State* lua) {
  for (const luaL_Reg& function : kFunctions) {
    lua_register(lua, function.name, function.func);
  }
}

std::vector<std::string> option_names() {
  std::vector<std::string> names;
  names.reserve(kFunctions.size());
  for (const luaL_Reg& function : kFunctions) {
    names.emplace_back(function.name);
  }
  return names;
}

}  // namespace p9mmu::workloads
