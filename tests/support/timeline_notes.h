// An observer that writes down what it is shown, as lines of text, and checks that each CPU's charges follow
// one another.
#pragma once

#include <catch2/catch.hpp>
#include <map>
#include <string>
#include <vector>

#include "cpus/system.h"
#include "cpus/timeline_observer.h"

namespace p9mmu::testing {

class TimelineNotes final : public cpus::TimelineObserver {
 public:
  using Time = interconnect::Time;
  using CoreId = interconnect::CoreId;

  /// `steps`: whether it wants to see every step.
  TimelineNotes(const cpus::CallPaths& paths, bool steps) : paths_(paths), steps_(steps) {}

  [[nodiscard]] bool wants_steps(Time begin, Time end) const override {
    CHECK(begin < end);
    return steps_;
  }
  void phase_begins(const std::string& name, Time at) override { note(at, "phase " + name); }
  void routine_called(CpuId cpu, cpus::PathId path, Time at) override {
    note(at, cpu, "calls " + paths_.text(path));
  }
  void charged(CpuId cpu, cpus::PathId path, cpus::Cause cause, Time begin, Time span) override {
    CHECK((!steps_ || begin == charged_until_[cpu]));
    charged_until_[cpu] = begin + span;
    total[{cpu, path, cause}] += span;
    if (span > Time()) {
      note(begin, cpu,
           "spends " + ns(span) + " in " + paths_.text(path) + " on " +
               cpus::kCauseNames[static_cast<std::size_t>(cause)]);
    }
  }
  void waits(CpuId cpu, cpus::Cause cause, Time since) override {
    note(since, cpu, std::string("waits for ") + cpus::kCauseNames[static_cast<std::size_t>(cause)]);
  }
  void goes_idle(CpuId cpu, Time since) override { note(since, cpu, "goes idle"); }
  void interrupt_pending(CpuId cpu, Time pending) override { note(pending, cpu, "has an interrupt"); }
  void interrupt_taken(CpuId cpu, cpus::PathId, Time at) override { note(at, cpu, "takes it"); }
  void interrupt_left(CpuId cpu, Time at) override { note(at, cpu, "leaves it"); }
  void call_sent(CpuId from, CpuId to) override { note(charged_until_[from], from, "calls CPU " + id(to)); }
  void call_seen_done(CpuId from, CpuId to) override {
    note(charged_until_[from], from, "sees CPU " + id(to) + " done");
  }
  void tlbie_broadcast(CpuId cpu, Time at, const interconnect::TlbieIssued& issued) override {
    note(at, cpu, "broadcasts a tlbie until " + ns(issued.completed));
  }
  void tlbie_snooped(CoreId core, Time done, Time serving) override {
    note(done - serving, "core " + std::to_string(core.value()) + " snoops for " + ns(serving));
  }
  void ptesync(CpuId cpu, Time at, Time done, bool waits_for_cores) override {
    note(at, cpu,
         std::string(waits_for_cores ? "waits for the cores" : "orders its own") + " for " + ns(done - at));
  }

  /// Those lines that contain `word`, in the order in which they were told.
  [[nodiscard]] std::vector<std::string> about(const std::string& word) const {
    std::vector<std::string> result;
    for (const std::string& line : lines) {
      if (line.find(word) != std::string::npos) {
        result.push_back(line);
      }
    }
    return result;
  }

  std::vector<std::string> lines;
  std::map<std::tuple<CpuId, cpus::PathId, cpus::Cause>, Time> total;

 private:
  static std::string id(CpuId cpu) { return std::to_string(cpu.value()); }
  static std::string ns(Time time) {
    const std::string rest = std::to_string(1000 + time.ps() % 1000).substr(1);
    return std::to_string(time.whole_ns()) + (rest == "000" ? "" : "." + rest) + " ns";
  }
  void note(Time at, const std::string& text) { lines.push_back(ns(at) + ": " + text); }
  void note(Time at, CpuId cpu, const std::string& text) { note(at, "CPU " + id(cpu) + " " + text); }

  const cpus::CallPaths& paths_;
  bool steps_;
  std::map<CpuId, Time> charged_until_;
};

}  // namespace p9mmu::testing
