// What every page contains and is compiled into the program: template, style, scripts. The definitions are
// made by embed_assets.cmake.
#pragma once

#include <string_view>

namespace p9mmu::model::report::page {

struct Asset {
  std::string_view text;
  std::string_view sha256;  ///< of the text, in hexadecimal digits
};

extern const Asset kPageTemplate;
extern const Asset kParagraphTemplate;
extern const Asset kBulletsTemplate;
extern const Asset kDefinitionsTemplate;
extern const Asset kListingTemplate;
extern const Asset kTableTemplate;
extern const Asset kChartsTemplate;
extern const Asset kFlameTemplate;
extern const Asset kStyle;
extern const Asset kScript;
/// Vega with its modules; empty if the program was built without.
extern const Asset kVega;
extern const Asset kVegaNotice;

}  // namespace p9mmu::model::report::page
