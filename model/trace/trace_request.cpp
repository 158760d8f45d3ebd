#include "model/trace/trace_request.h"

#include <cmath>
#include <optional>

#include "mmu/error.h"
#include "model/machine/quantity.h"

namespace p9mmu::model {
namespace {

using interconnect::Time;

std::optional<Time> parse_time(const std::string& text) {
  ParameterSlot slot;
  slot.kind = ParameterKind::time;
  const std::optional<Quantity> quantity = parse_quantity(slot, text);
  if (!quantity || quantity->in_cycles) {
    return std::nullopt;
  }
  return Time(static_cast<std::int64_t>(std::llround(quantity->number)));
}

}  // namespace

TraceWindow parse_trace_window(const std::string& option, const std::string& text) {
  TraceWindow window;
  const std::size_t colon = text.rfind(':');
  window.from = colon == std::string::npos ? TraceWindow::From::run : TraceWindow::From::phase;
  window.phase = colon == std::string::npos ? "" : text.substr(0, colon);
  const std::string times = colon == std::string::npos ? text : text.substr(colon + 1);
  const std::size_t comma = times.find(',');
  const std::optional<Time> begin = parse_time(times.substr(0, comma));
  const std::optional<Time> end =
      comma == std::string::npos ? std::nullopt : parse_time(times.substr(comma + 1));
  if (!begin || !end || *begin >= *end) {
    throw mmu::UserError(
        option, 0,
        "'" + text +
            "' is no window; expected [PHASE:]BEGIN,END such as 1ms,1.2ms or munmap:0us,200us, "
            "the end after the beginning");
  }
  window.begin = *begin;
  window.end = *end;
  return window;
}

}  // namespace p9mmu::model
