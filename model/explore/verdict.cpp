#include "model/explore/verdict.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "mmu/check.h"
#include "mmu/error.h"

namespace p9mmu::model::explore {
namespace {

bool comes_after(const Event& event, const Event& earlier) {
  return event.clock.of(earlier.actor) >= earlier.number;
}

/// Which of the events up to `last` it would not be as it is without.
std::vector<bool> needed_for(const std::vector<Event>& events, std::size_t last) {
  std::vector<bool> needed(last + 1);
  needed[last] = true;
  for (bool again = true; again;) {
    again = false;
    for (std::size_t i = 0; i <= last; ++i) {
      for (std::size_t j = 0; needed[i] && j < i; ++j) {
        if (!needed[j] && comes_after(events[i], events[j])) {
          needed[j] = true;
          again = true;
        }
      }
    }
  }
  return needed;
}

/// The steps up to `last` without which `last` would not be as it is, in an order with few changes of actor.
Schedule causes_of(const std::vector<Event>& events, std::size_t last) {
  const std::vector<bool> needed = needed_for(events, last);
  std::vector<const Event*> left;
  for (std::size_t i = 0; i <= last; ++i) {
    if (needed[i]) {
      left.push_back(&events[i]);
    }
  }
  Schedule schedule;
  while (!left.empty()) {
    const auto ready = [&](const Event* event) {
      return std::none_of(left.begin(), left.end(),
                          [&](const Event* other) { return other < event && comes_after(*event, *other); });
    };
    auto next = left.end();
    for (auto event = left.begin(); event != left.end(); ++event) {
      const bool continues = !schedule.empty() && (*event)->actor == schedule.back();
      if ((next == left.end() || continues) && ready(*event)) {
        next = event;
        if (continues) {
          break;
        }
      }
    }
    P9MMU_CHECK(next != left.end(), "a cycle among " << left.size() << " steps");
    schedule.push_back((*next)->actor);
    left.erase(next);
  }
  return schedule;
}

/// The events that brought the machine where nobody goes on are all of them.
std::size_t event_of(const std::vector<Event>& events, std::size_t finding) {
  for (std::size_t i = 0; i < events.size(); ++i) {
    if (events[i].findings > finding) {
      return i;
    }
  }
  return events.size() - 1;
}

}  // namespace

Verdict explore(const Scenario& scenario, Reduction reduction, SearchLimits limits, const Looking& looking) {
  Verdict verdict;
  Search search(scenario, reduction, limits);
  std::optional<Counterexample> shortest;
  constexpr std::uint64_t kBetweenLooks = 256;
  std::uint64_t executed = 0;
  verdict.search = search.run([&](const Executed& one) {
    const std::vector<workloads::AuditFinding>& findings = one.machine.findings();
    if (!findings.empty()) {
      ++verdict.unsafe;
      for (std::size_t i = 0; i < findings.size(); ++i) {
        const bool stuck = findings[i].rule == workloads::AuditRule::deadlock;
        Schedule causes = stuck ? one.schedule : causes_of(search.events(), event_of(search.events(), i));
        if (!shortest || causes.size() < shortest->schedule.size()) {
          shortest = Counterexample{findings[i], std::move(causes), {}};
        }
      }
    }
    return ++executed % kBetweenLooks != 0 || looking == nullptr || looking(search.so_far());
  });
  if (shortest) {
    verdict.counterexample = replay(scenario, shortest->schedule);
    P9MMU_CHECK(verdict.counterexample->finding.rule == shortest->finding.rule,
                "the counterexample's causes alone do not bring it about: " << shortest->finding.text);
  }
  return verdict;
}

Counterexample replay(const Scenario& scenario, const Schedule& schedule) {
  Counterexample result;
  result.schedule = schedule;
  mmu::RealMemory memory;
  ExploredMachine machine(scenario, memory);
  machine.describe_steps();
  for (std::size_t i = 0; i < schedule.size(); ++i) {
    if (schedule[i] >= scenario.actors() || ((machine.possible() >> schedule[i]) & 1U) == 0) {
      throw mmu::UserError("--schedule", 0,
                           "actor " + std::to_string(schedule[i]) + " cannot take step " +
                               std::to_string(i + 1) +
                               "; is it a schedule of this scenario, kernel and walker?");
    }
    machine.step(schedule[i]);
    result.steps.push_back(machine.description());
  }
  if (machine.possible() == 0) {
    machine.check_ended();
  }
  if (!machine.findings().empty()) {
    result.finding = machine.findings().back();
  }
  return result;
}

std::string to_text(const Schedule& schedule) {
  std::string text;
  for (std::size_t i = 0; i < schedule.size();) {
    std::size_t end = i + 1;
    while (end < schedule.size() && schedule[end] == schedule[i]) {
      ++end;
    }
    text += (text.empty() ? "" : ",") + std::to_string(schedule[i]);
    if (end - i > 1) {
      text += "*" + std::to_string(end - i);
    }
    i = end;
  }
  return text;
}

Schedule parse_schedule(const std::string& text) {
  constexpr std::size_t kMost = 100'000;
  const auto refuse = [&text](std::size_t place) {
    throw mmu::UserError("--schedule", 0,
                         "'" + text.substr(place) + "': expected actors in turn, such as 0*3,1,7");
  };
  Schedule schedule;
  const auto number = [&](std::size_t& place) {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(text.data() + place, text.data() + text.size(), value);
    if (error != std::errc()) {
      refuse(place);
    }
    place = static_cast<std::size_t>(end - text.data());
    return value;
  };
  for (std::size_t place = 0; place < text.size();) {
    const Actor actor = number(place);
    std::size_t count = 1;
    if (place < text.size() && text[place] == '*') {
      ++place;
      count = number(place);
    }
    if (schedule.size() + count > kMost || (place < text.size() && text[place] != ',')) {
      refuse(place);
    }
    schedule.insert(schedule.end(), count, actor);
    if (place < text.size() && ++place == text.size()) {
      refuse(place - 1);
    }
  }
  return schedule;
}

}  // namespace p9mmu::model::explore
