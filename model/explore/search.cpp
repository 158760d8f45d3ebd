#include "model/explore/search.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <utility>

#include "mmu/check.h"

namespace p9mmu::model::explore {
namespace {

using cpus::Touch;

constexpr Actors only(Actor actor) {
  return Actors{1} << actor;
}

bool shared(Touch how) {
  return how == Touch::read || how == Touch::acquire_shared || how == Touch::release_shared;
}

/// Whether a step may be impossible because of what others did to such a thing, and possible before and
/// after.
bool holds_back(cpus::SharedObject object) {
  return object.kind() == cpus::SharedKind::interrupts || object.kind() == cpus::SharedKind::access ||
         object.kind() == cpus::SharedKind::core;
}

bool compete(Touch one, Touch other) {
  if (one == Touch::release || one == Touch::release_shared || other == Touch::release ||
      other == Touch::release_shared) {
    return false;  // never possible at the same time as what it is ordered with
  }
  return !(shared(one) && shared(other));
}

}  // namespace

bool commute(const std::vector<Touched>& one, const std::vector<Touched>& other) {
  for (const Touched& a : one) {
    for (const Touched& b : other) {
      if (a.object == b.object && !(shared(a.how) && shared(b.how))) {
        return false;
      }
    }
  }
  return true;
}

Actors Search::Choice::sleepers() const {
  Actors result = 0;
  for (const Asleep& sleeper : asleep) {
    result |= only(sleeper.actor);
  }
  return result;
}

Search::Search(const Scenario& scenario, Reduction reduction, SearchLimits limits)
    : scenario_(scenario), reduction_(reduction), limits_(limits) {
  P9MMU_CHECK(scenario.actors() <= kMostActors, "actors " << scenario.actors());
  last_of_.fill(-1);
}

SearchResult Search::run(const Observer& observer) {
  bool again = true;
  while (again) {
    ExploredMachine machine(scenario_, memory_);
    machine.note_touches(false);
    for (std::size_t i = 0; i + 1 < choices_.size(); ++i) {
      machine.step(events_[i].actor);
    }
    result_.steps += events_.size();
    machine.note_touches(true);
    if (!choices_.empty()) {
      Choice& last = choices_.back();
      const Actors left = last.wanted & ~last.tried & ~last.sleepers();
      take_step(machine, static_cast<Actor>(std::countr_zero(left)));
    }
    if (extend(machine)) {
      ++result_.interleavings;
      result_.longest = std::max<std::uint64_t>(result_.longest, events_.size());
      schedule_.clear();
      for (const Event& event : events_) {
        schedule_.push_back(event.actor);
      }
      if (machine.possible() == 0) {
        machine.check_ended();
      }
      if (!observer({machine, schedule_}) || result_.interleavings >= limits_.schedules) {
        result_.complete = !backtrack();
        return result_;
      }
    }
    again = backtrack();
  }
  return result_;
}

/// Goes on until nobody can; false if every way on has been tried from an equivalent place.
bool Search::extend(ExploredMachine& machine) {
  for (;;) {
    const Actors possible = machine.possible();
    if (possible == 0) {
      return true;
    }
    if (events_.size() >= limits_.steps) {
      ++result_.cut_off;
      result_.complete = false;
      return true;
    }
    Choice next;
    next.possible = possible;
    if (!events_.empty()) {
      inherit_sleepers(choices_.back(), events_.back(), next);
    }
    const Actors awake = possible & ~next.sleepers();
    if (awake == 0) {
      ++result_.redundant;
      return false;
    }
    // Whoever went last goes on: fewer changes are easier to read.
    Actor chosen = static_cast<Actor>(std::countr_zero(awake));
    if (!events_.empty() && (awake & only(events_.back().actor)) != 0) {
      chosen = events_.back().actor;
    }
    next.wanted = reduction_ == Reduction::full ? only(chosen) : possible;
    choices_.push_back(std::move(next));
    take_step(machine, chosen);
  }
}

void Search::take_step(ExploredMachine& machine, Actor actor) {
  choices_.back().tried |= only(actor);
  machine.step(actor);
  ++result_.steps;
  Event& event = events_.emplace_back();
  event.actor = actor;
  event.touched = machine.touched();
  event.enabled_by = machine.enabled_by();
  event.findings = machine.findings().size();
  order();
}

/// Drops the last events until one is found before which something else is to be tried.
bool Search::backtrack() {
  while (!events_.empty()) {
    Choice& choice = choices_.back();
    if (reduction_ != Reduction::none) {
      choice.asleep.push_back(
          Asleep{events_.back().actor, std::make_shared<const std::vector<Touched>>(events_.back().touched)});
    }
    drop_last_event();
    if ((choice.wanted & ~choice.tried & ~choice.sleepers()) != 0) {
      return true;
    }
    choices_.pop_back();
  }
  return false;
}

void Search::inherit_sleepers(const Choice& before, const Event& event, Choice& after) const {
  if (reduction_ == Reduction::none) {
    return;
  }
  for (const Asleep& sleeper : before.asleep) {
    if (sleeper.actor != event.actor && commute(*sleeper.touched, event.touched)) {
      after.asleep.push_back(sleeper);
    }
  }
}

// --- Which events come before which, and which could have come in the other order ---

std::vector<Search::Past>& Search::history(cpus::SharedObject object) {
  const auto [place, added] =
      object_numbers_.try_emplace(object.id, static_cast<std::uint32_t>(histories_.size()));
  if (added) {
    histories_.emplace_back();
  }
  return histories_[place->second];
}

void Search::add_to_history(std::uint32_t index) {
  for (const Touched& touched : events_[index].touched) {
    history(touched.object).push_back(Past{index, touched.how});
  }
  last_of_[events_[index].actor] = static_cast<std::int32_t>(index);
}

void Search::drop_last_event() {
  const Event& event = events_.back();
  for (const Touched& touched : event.touched) {
    history(touched.object).pop_back();  // the last event's are the last
  }
  last_of_[event.actor] = event.previous;
  events_.pop_back();
}

/// Gives the newest event its place: after its actor's last one, after all that it does not commute with.
void Search::order() {
  const auto index = static_cast<std::uint32_t>(events_.size() - 1);
  Event& event = events_.back();
  Clock before;  // what comes before it in every schedule
  event.previous = last_of_[event.actor];
  if (event.previous >= 0) {
    before = events_[static_cast<std::size_t>(event.previous)].clock;
  }
  event.number = static_cast<std::uint16_t>(before.of(event.actor) + 1);
  for (const std::uint32_t enabling : event.enabled_by) {
    before.join(events_[enabling].clock);
  }
  event.clock = before;
  competitors_.clear();
  for (const Touched& touched : event.touched) {
    const std::vector<Past>& past = history(touched.object);
    for (auto other = past.rbegin(); other != past.rend(); ++other) {
      if (shared(touched.how) && shared(other->how)) {
        continue;
      }
      const Event& earlier = events_[other->event];
      if (before.of(earlier.actor) < earlier.number && compete(touched.how, other->how)) {
        competitors_.push_back(Competitor{other->event, holds_back(touched.object)});
      }
      event.clock.join(earlier.clock);
    }
  }
  event.clock.set(event.actor, event.number);
  if (reduction_ == Reduction::full) {
    find_races(index, before);
  }
  add_to_history(index);
}

/// The newest event competes with those that it does not commute with and that nothing else orders before it.
void Search::find_races(std::uint32_t index, const Clock& before) {
  std::sort(competitors_.begin(), competitors_.end(), [](const Competitor& a, const Competitor& b) {
    return a.event != b.event ? a.event > b.event : a.every && !b.every;
  });
  Clock known = before;
  std::uint32_t last = index;
  for (const Competitor& competitor : competitors_) {
    if (competitor.event == last) {
      continue;
    }
    last = competitor.event;
    const Event& earlier = events_[competitor.event];
    if (competitor.every || known.of(earlier.actor) < earlier.number) {
      reverse(competitor.event, index);
      known.join(earlier.clock);
    }
  }
}

/// Sees to it that the later event, with what it needs, is tried before the earlier one.
void Search::reverse(std::uint32_t earlier, std::uint32_t later) {
  Choice& choice = choices_[earlier];
  const Event& first = events_[earlier];
  const Event& last = events_[later];
  // Who could begin the sequence of those events that do not come after the earlier one, the later one last:
  // whose first event in it comes after no other of it.
  Actors seen = 0;
  Actors initials = 0;
  Clock firsts;  // by actor seen: the number of its first event in the sequence
  bool needs_others = false;
  const auto consider = [&](const Event& event) {
    bool is_first = true;
    for (Actors left = seen; left != 0; left &= left - 1) {
      const auto other = static_cast<Actor>(std::countr_zero(left));
      is_first = is_first && event.clock.of(other) < firsts.of(other);
    }
    if ((seen & only(event.actor)) == 0) {
      seen |= only(event.actor);
      firsts.set(event.actor, event.number);
      initials |= is_first ? only(event.actor) : 0;
    }
    return is_first;
  };
  for (std::uint32_t i = earlier + 1; i < later; ++i) {
    if (events_[i].clock.of(first.actor) < first.number) {
      consider(events_[i]);
    }
  }
  needs_others = !consider(last);
  if (!needs_others && (choice.possible & only(last.actor)) == 0) {
    return;  // it was not possible then, and nothing but the earlier event has changed that
  }
  const Actors startable = initials & choice.possible;
  if (startable == 0) {
    choice.wanted |= choice.possible;
  } else if ((startable & choice.wanted) == 0) {
    choice.wanted |= (startable & only(last.actor)) != 0 ? only(last.actor) : startable & (~startable + 1);
  }
}

}  // namespace p9mmu::model::explore
