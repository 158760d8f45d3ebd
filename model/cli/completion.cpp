#include "model/cli/completion.h"

#include "model/cli/command.h"

namespace p9mmu::model {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    text += (text.empty() ? "" : " ") + word;
  }
  return text;
}

std::string option_names(const Command& command) {
  std::vector<std::string> names = {"--help"};
  for (const Option& option : command.options) {
    names.push_back("--" + option.name);
  }
  return joined(names);
}

/// Cases for the word before: what may follow an option that takes a value.
std::string value_cases(const Command& command) {
  std::string text;
  for (const Option& option : command.options) {
    if (option.argument.empty()) {
      continue;
    }
    const std::string letter =
        option.letter == '\0' ? "" : command.name + ":-" + std::string(1, option.letter) + "|";
    const std::string pattern = "        " + letter + command.name + ":--" + option.name + ") ";
    const bool file = option.argument.find("FILE") != std::string::npos;
    const std::string words = option.values ? joined(option.values()) : "";
    text += pattern;
    text += "words=\"";
    text += words;
    text += file ? "\"; files=1; value=1 ;;\n" : "\"; files=; value=1 ;;\n";
  }
  return text;
}

}  // namespace

std::string bash_completion() {
  std::string names;
  std::string options;
  std::string values;
  for (const Command& command : commands()) {
    names += (names.empty() ? "" : " ") + command.name;
    options += "            " + command.name + ") words=\"" + option_names(command) + "\" ;;\n";
    values += value_cases(command);
  }
  return "# bash completion for p9mmu; to use it: source <(p9mmu completion bash)\n"
         "_p9mmu() {\n"
         "    local current=\"${COMP_WORDS[COMP_CWORD]}\" command=\"${COMP_WORDS[1]}\"\n"
         "    local before=\"${COMP_WORDS[COMP_CWORD-1]}\" words=\"\" files=\"\" value=\"\"\n"
         "    COMPREPLY=()\n"
         "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
         "        COMPREPLY=($(compgen -W \"" +
         names +
         " --help --version\" -- \"$current\"))\n"
         "        return\n"
         "    fi\n"
         "    case \"$command:$before\" in\n" +
         values +
         "    esac\n"
         "    if [ -z \"$value\" ]; then\n"
         "        case \"$command\" in\n" +
         options +
         "        esac\n"
         "        case \"$current\" in -*) ;; *) words=\"\"; files=1 ;; esac\n"
         "    fi\n"
         "    COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
         "    if [ -n \"$files\" ]; then COMPREPLY+=($(compgen -f -- \"$current\")); fi\n"
         "}\n"
         "complete -o filenames -F _p9mmu p9mmu\n";
}

}  // namespace p9mmu::model
