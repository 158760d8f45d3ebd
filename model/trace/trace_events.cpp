#include "model/trace/trace_events.h"

#include <algorithm>
#include <iterator>
#include <limits>

#include "mmu/error.h"
#include "model/report/json.h"
#include "model/trace/trace_slices.h"

namespace p9mmu::model {
namespace {

using interconnect::Time;

/// As a JSON string, quotes and all.
std::string quoted(const std::string& text) {
  return report::Json(text).dump(-1, ' ', false, report::Json::error_handler_t::replace);
}

std::string microseconds(Time time) {
  constexpr std::int64_t kPsPerUs = 1'000'000;
  return std::to_string(time.ps() / kPsPerUs) + "." +
         std::to_string(kPsPerUs + time.ps() % kPsPerUs).substr(1);
}

std::string core_name(const Timeline& timeline, std::uint32_t core) {
  return "chip" + std::to_string(core / timeline.cores_per_chip) + ".core" +
         std::to_string(core % timeline.cores_per_chip);
}

/// Tracks by number: the CPUs', then the cores'; names and order are metadata.
class Tracks {
 public:
  explicit Tracks(const Timeline& timeline) : timeline_(timeline) {}

  [[nodiscard]] std::uint32_t of_cpu(std::uint32_t cpu) const { return 1 + cpu; }
  [[nodiscard]] std::uint32_t of_core(std::uint32_t core) const {
    return 1 + static_cast<std::uint32_t>(timeline_.cpus.size()) + core;
  }

  /// A core's snoops stand below its threads.
  std::string metadata(const std::string& process) const {
    std::string text;
    for (std::uint32_t cpu = 0; cpu < timeline_.cpus.size(); ++cpu) {
      const std::uint32_t core = cpu / timeline_.threads_per_core;
      text += describe(process, of_cpu(cpu), cpu + core,
                       "CPU " + std::to_string(cpu) + " (" + core_name(timeline_, core) + ".thread" +
                           std::to_string(cpu % timeline_.threads_per_core) + ")");
    }
    for (std::uint32_t core = 0; core < timeline_.cores.size(); ++core) {
      text += describe(process, of_core(core), (core + 1) * (timeline_.threads_per_core + 1) - 1,
                       core_name(timeline_, core) + " snoops");
    }
    return text;
  }

 private:
  static std::string describe(const std::string& process, std::uint32_t track, std::uint32_t place,
                              const std::string& name) {
    const std::string head =
        ",\n{\"ph\":\"M\"," + process + ",\"tid\":" + std::to_string(track) + ",\"name\":";
    return head + "\"thread_name\",\"args\":{\"name\":" + quoted(name) + "}}" + head +
           "\"thread_sort_index\",\"args\":{\"sort_index\":" + std::to_string(place) + "}}";
  }

  const Timeline& timeline_;
};

class Writer {
 public:
  Writer(const Timeline& timeline, std::uint32_t number)
      : timeline_(timeline),
        tracks_(timeline),
        number_(number),
        process_("\"pid\":" + std::to_string(number)) {}

  std::string write(const std::string& name) {
    std::string text = "{\"ph\":\"M\"," + process_ +
                       ",\"tid\":0,\"name\":\"process_name\",\"args\":{\"name\":" + quoted(name) + "}}";
    text += ",\n{\"ph\":\"M\"," + process_ +
            ",\"tid\":0,\"name\":\"process_sort_index\",\"args\":{\"sort_index\":" + std::to_string(number_) +
            "}}";
    text += tracks_.metadata(process_);
    for (const SliceEvent& event : slice_events(timeline_)) {
      text += ",\n";
      append(text, event);
    }
    return text;
  }

 private:
  void append(std::string& text, const SliceEvent& event) const {
    using Kind = SliceEvent::Kind;
    const std::uint32_t track = event.on_core ? tracks_.of_core(event.track) : tracks_.of_cpu(event.track);
    const char* phase = event.kind == Kind::begin         ? "B"
                        : event.kind == Kind::end         ? "E"
                        : event.kind == Kind::phase_begin ? "b"
                        : event.kind == Kind::phase_end   ? "e"
                        : event.place == 0                ? "s"
                        : event.last                      ? "f"
                                                          : "t";
    text += "{\"ph\":\"";
    text += phase;
    text += "\"," + process_ + ",\"tid\":" + std::to_string(track) + ",\"ts\":" + microseconds(event.at);
    switch (event.kind) {
      case Kind::begin:
        text += ",\"cat\":\"" + event.category + "\",\"name\":" + quoted(event.name);
        break;
      case Kind::end:
        // An end closes what is innermost; some readers want its name. What there is to say stands here, so
        // that readers that tell slices apart by what their begins say find equal ones equal.
        text += ",\"name\":" + quoted(event.name) + ",\"args\":{\"ps\":" + std::to_string(event.lasted.ps());
        text += event.note == 0 ? "" : ",\"operands\":" + quoted(timeline_.notes[event.note]);
        text += "}";
        break;
      case Kind::phase_begin:
      case Kind::phase_end:
        text += ",\"cat\":\"phase\",\"id\":" + identity(event.number) + ",\"name\":" + quoted(event.name);
        break;
      case Kind::flow:
        text += ",\"cat\":\"" + event.category + "\",\"id\":" + identity(event.number) +
                ",\"name\":" + quoted(event.name) + (event.last ? ",\"bp\":\"e\"" : "");
        break;
    }
    text += "}";
  }

  /// Of flows and phases, unlike any in another process of the same file.
  [[nodiscard]] std::string identity(std::uint64_t number) const {
    constexpr std::uint64_t kMost = 100'000'000;
    return std::to_string(number_ * kMost + number);
  }

  const Timeline& timeline_;
  Tracks tracks_;
  std::uint32_t number_;
  std::string process_;
};

}  // namespace

std::string trace_events(const Timeline& timeline, std::uint32_t process, const std::string& name) {
  std::string shown = name;
  if (!timeline.opened) {
    shown += " (the window's phase never began)";
  } else if (timeline.full) {
    shown += " (cut at " + microseconds(timeline.end) + " us: too much to record)";
  }
  return Writer(timeline, process).write(shown);
}

std::string trace_file(const std::vector<std::string>& events, const std::string& program_version) {
  std::string text =
      "{\"displayTimeUnit\":\"ns\",\n\"otherData\":{\"program\":" + quoted("p9mmu " + program_version) +
      "},\n\"traceEvents\":[\n";
  for (const std::string& some : events) {
    text += &some == &events.front() ? "" : ",\n";
    text += some;
  }
  return text + "\n]}\n";
}

std::string empty_window_text(const Timeline& timeline, const std::string& asked,
                              const std::vector<std::string>& phases) {
  if (!timeline.opened) {
    std::string began;
    for (const std::string& phase : phases) {
      began += (began.empty() ? "" : ", ") + phase;
    }
    return "the trace is empty: no phase " + (asked.empty() ? "" : "'" + asked + "' ") + "began" +
           mmu::did_you_mean(asked, phases) + (began.empty() ? "" : "; these did: " + began);
  }
  const bool is_late = timeline.end <= timeline.begin;
  return is_late ? "the trace is empty: the run had ended before the window begins, at " +
                       microseconds(timeline.begin) + " us"
                 : "";
}

}  // namespace p9mmu::model
