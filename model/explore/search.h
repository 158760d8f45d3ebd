// Every interleaving of a scenario, one schedule after the other: each is executed from the beginning, and
// the next one differs from it where two steps that do not commute can be had in the other order. Dynamic
// partial-order reduction with source sets and sleep sets (Abdulla, Aronis, Jonsson, Sagonas, POPL 2014), so
// that of the schedules that differ only in the order of steps that commute one is executed. What a step does
// is the machine's (explored_machine.h).
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "model/explore/explored_machine.h"

namespace p9mmu::model::explore {

using Schedule = std::vector<Actor>;

/// How schedules are left out. Those less than `full` are for tests: they find the same by trying more.
enum class Reduction : std::uint8_t { none, sleep_sets, full };

struct SearchLimits {
  std::uint64_t steps = 2'000;  ///< of one schedule; a longer one is cut off there
  std::uint64_t schedules = ~std::uint64_t{0};
};

/// What somebody who looks on is shown of each schedule that has come to its end.
struct Executed {
  const ExploredMachine& machine;
  const Schedule& schedule;
};

struct SearchResult {
  std::uint64_t interleavings = 0;  ///< schedules that came to their end, no two of them equivalent
  std::uint64_t redundant = 0;      ///< given up because an equivalent one had been tried
  std::uint64_t cut_off = 0;        ///< longer than the limit
  std::uint64_t steps = 0;          ///< taken, repeated ones included
  std::uint64_t longest = 0;        ///< steps of the longest schedule
  bool complete = true;             ///< every interleaving was tried
};

/// Positions of actors in an execution: how many of each actor's steps a step comes after.
class Clock {
 public:
  [[nodiscard]] std::uint16_t of(Actor actor) const { return steps_[actor]; }
  void set(Actor actor, std::uint16_t steps) { steps_[actor] = steps; }
  void join(const Clock& other) {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      steps_[i] = steps_[i] < other.steps_[i] ? other.steps_[i] : steps_[i];
    }
  }

 private:
  std::array<std::uint16_t, kMostActors> steps_{};
};

/// One step of the schedule at hand.
struct Event {
  Actor actor = 0;
  std::uint16_t number = 0;    ///< of its actor's steps, from 1
  std::int32_t previous = -1;  ///< its actor's event before, or -1
  Clock clock;                 ///< what it comes after, itself included
  std::vector<Touched> touched;
  std::vector<std::uint32_t> enabled_by;  ///< events without which it would not have been possible
  std::size_t findings = 0;               ///< of the auditor so far
};

class Search {
 public:
  /// Called for each schedule that has come to its end; false ends the search.
  using Observer = std::function<bool(const Executed&)>;

  /// `scenario` must outlive it.
  Search(const Scenario& scenario, Reduction reduction, SearchLimits limits);

  SearchResult run(const Observer& observer);

  /// What is known while an observer is called.
  [[nodiscard]] const SearchResult& so_far() const { return result_; }
  /// The events of the schedule at hand, for an observer.
  [[nodiscard]] const std::vector<Event>& events() const { return events_; }

 private:
  struct Asleep {
    Actor actor;
    std::shared_ptr<const std::vector<Touched>> touched;  ///< by it, wherever it is had
  };
  /// The choice before an event.
  struct Choice {
    Actors possible = 0;
    Actors wanted = 0;  ///< to be tried from here
    Actors tried = 0;
    std::vector<Asleep> asleep;
    [[nodiscard]] Actors sleepers() const;
  };
  /// Who touched a thing, in the schedule at hand.
  struct Past {
    std::uint32_t event;
    cpus::Touch how;
  };
  /// An earlier event that may be had after the newest one. `every`: even if others stand between the two.
  struct Competitor {
    std::uint32_t event;
    bool every;
  };

  bool extend(ExploredMachine& machine);
  void take_step(ExploredMachine& machine, Actor actor);
  bool backtrack();
  void add_to_history(std::uint32_t event);
  void drop_last_event();
  [[nodiscard]] std::vector<Past>& history(cpus::SharedObject object);
  void order();
  void find_races(std::uint32_t event, const Clock& before);
  void reverse(std::uint32_t earlier, std::uint32_t later);
  void inherit_sleepers(const Choice& before, const Event& event, Choice& after) const;

  const Scenario& scenario_;
  Reduction reduction_;
  SearchLimits limits_;
  SearchResult result_;
  mmu::RealMemory memory_;  ///< used by one execution after the other
  std::vector<Event> events_;
  std::vector<Choice> choices_;
  Schedule schedule_;
  std::unordered_map<std::uint64_t, std::uint32_t> object_numbers_;
  std::vector<std::vector<Past>> histories_;       ///< by thing
  std::array<std::int32_t, kMostActors> last_of_;  ///< by actor: its last event, or -1
  std::vector<Competitor> competitors_;            ///< scratch
};

/// Whether two steps give the same in either order.
[[nodiscard]] bool commute(const std::vector<Touched>& one, const std::vector<Touched>& other);

}  // namespace p9mmu::model::explore
