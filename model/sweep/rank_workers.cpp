#include "model/sweep/rank_workers.h"

#include <algorithm>
#include <csignal>

#include "mmu/error.h"

namespace p9mmu::model {
namespace {

using Clock = std::chrono::steady_clock;

/// There is nothing to poll for a message, so it is asked for so often.
constexpr std::chrono::milliseconds kPause{1};
constexpr std::chrono::milliseconds kSignOfLife{5000};

// A message is a word, and what follows the first blank.
constexpr std::string_view kHello = "hello";      // plan's hash, slots, host
constexpr std::string_view kMistake = "mistake";  // text
constexpr std::string_view kEnded = "ended";      // encoded PointEnd
constexpr std::string_view kAlive = "alive";
constexpr std::string_view kRun = "run";  // number of a point
constexpr std::string_view kFinish = "finish";
constexpr std::string_view kLeave = "leave";

std::string message(std::string_view word, const std::string& rest) {
  return std::string(word) + " " + rest;
}

/// Up to the next blank, taken away from `text`.
std::string take_word(std::string& text) {
  const std::size_t blank = std::min(text.find(' '), text.size());
  std::string word = text.substr(0, blank);
  text.erase(0, blank + 1);
  return word;
}

}  // namespace

RankWorkers::RankWorkers(Ranks& ranks, PointServer& own, const InterruptWatch& watch, const SweepPlan& plan,
                         std::size_t jobs, std::chrono::milliseconds patience)
    : ranks_(ranks),
      own_(own),
      watch_(watch),
      plan_(plan),
      patience_(patience),
      all_(static_cast<std::size_t>(ranks.size())) {
  for (Rank& rank : all_) {
    rank.heard_of = Clock::now();
  }
  all_.front().slots = jobs;
}

std::size_t RankWorkers::free() const {
  std::size_t result = 0;
  for (const Rank& rank : all_) {
    result += rank.gone ? 0 : rank.slots - std::min(rank.slots, rank.points.size());
  }
  return result;
}

void RankWorkers::start(std::size_t point) {
  // To the rank that has most room; of equals to the last, since rank 0 has something else to do, too.
  std::size_t chosen = 0;
  std::size_t most = 0;
  for (std::size_t rank = 0; rank < all_.size(); ++rank) {
    const Rank& candidate = all_[rank];
    const std::size_t room =
        candidate.gone ? 0 : candidate.slots - std::min(candidate.slots, candidate.points.size());
    if (room > 0 && room >= most) {
      most = room;
      chosen = rank;
    }
  }
  all_[chosen].points.insert(point);
  if (chosen == 0) {
    own_.start(point);
  } else {
    ranks_.send(static_cast<int>(chosen), message(kRun, std::to_string(point)));
  }
}

bool RankWorkers::gone() const {
  return std::all_of(all_.begin(), all_.end(), [](const Rank& rank) { return rank.gone; });
}

std::vector<PointEnd> RankWorkers::wait(std::chrono::milliseconds longest) {
  std::vector<PointEnd> ended;
  const Clock::time_point end = Clock::now() + longest;
  do {
    take_own(ended);
    while (const auto message = ranks_.receive()) {
      take_message(*message, ended);
    }
    look_for_silent(ended);
    if (!ended.empty() || InterruptWatch::seen()) {
      break;
    }
    pause(kPause);
  } while (Clock::now() < end);
  return ended;
}

void RankWorkers::pause(std::chrono::milliseconds longest) {
  std::vector<pollfd> descriptors;
  if (!own_.gone()) {
    descriptors.push_back({own_.descriptor(), POLLIN, 0});
  }
  const timespec most = {0, static_cast<long>(std::chrono::nanoseconds(longest).count())};
  watch_.poll(descriptors, &most);
}

void RankWorkers::take_own(std::vector<PointEnd>& ended) {
  if (own_.gone()) {
    return;
  }
  for (const std::string& text : own_.ended()) {
    take_end(0, text, ended);
  }
  if (own_.gone()) {
    lose(0, ended);
  }
}

void RankWorkers::take_message(const RankMessage& message, std::vector<PointEnd>& ended) {
  Rank& rank = all_.at(static_cast<std::size_t>(message.from));
  rank.heard_of = Clock::now();
  std::string rest = message.text;
  const std::string word = take_word(rest);
  if (word == kMistake) {
    throw mmu::UserError("rank " + std::to_string(message.from) + ": " + rest);
  }
  if (word == kHello) {
    greet(message.from, rest);
  } else if (word == kEnded && !rank.gone) {
    take_end(message.from, rest, ended);
  } else if (word == kAlive) {
    ranks_.send(message.from, std::string(kAlive));
  }
}

void RankWorkers::greet(int rank, const std::string& text) {
  std::string rest = text;
  const std::string plan = take_word(rest);
  const std::string slots = take_word(rest);
  Rank& entry = all_[static_cast<std::size_t>(rank)];
  entry.host = rest;
  if (plan != plan_.hash()) {
    throw mmu::UserError("rank " + std::to_string(rank) + " on " + entry.host +
                         " has another plan, script or machine than rank 0, or another version of the "
                         "program; expected the same files on every host");
  }
  entry.slots = std::stoull(slots);
}

void RankWorkers::take_end(int rank, const std::string& text, std::vector<PointEnd>& ended) {
  PointEnd end = decode_point_end(text);
  all_[static_cast<std::size_t>(rank)].points.erase(end.point);
  ended.push_back(std::move(end));
}

void RankWorkers::look_for_silent(std::vector<PointEnd>& ended) {
  const Clock::time_point now = Clock::now();
  for (std::size_t rank = 1; rank < all_.size(); ++rank) {
    if (!all_[rank].gone && now - all_[rank].heard_of > patience_) {
      lose(static_cast<int>(rank), ended);
    }
  }
}

void RankWorkers::lose(int rank, std::vector<PointEnd>& ended) {
  Rank& entry = all_[static_cast<std::size_t>(rank)];
  entry.gone = true;
  for (const std::size_t point : entry.points) {
    PointEnd end;
    end.point = point;
    end.end.status = SIGKILL;
    end.end.said = "rank " + std::to_string(rank) + " is gone";
    ended.push_back(std::move(end));
  }
  entry.points.clear();
}

bool RankWorkers::dismiss(bool all_is_done) {
  const bool all_come =
      all_is_done && std::none_of(all_.begin(), all_.end(), [](const Rank& rank) { return rank.gone; });
  for (std::size_t rank = 1; rank < all_.size(); ++rank) {
    if (!all_[rank].gone) {
      ranks_.send(static_cast<int>(rank), std::string(all_come ? kFinish : kLeave));
    }
  }
  return all_come;
}

bool serve_rank(Ranks& ranks, PointServer& own, const SweepPlan& plan, std::size_t jobs,
                std::chrono::milliseconds patience) {
  ranks.send(0, message(kHello, plan.hash() + " " + std::to_string(jobs) + " " + ranks.host()));
  const std::chrono::milliseconds sign_of_life = std::min(kSignOfLife, patience / 4);
  Clock::time_point heard_of = Clock::now();
  Clock::time_point said = heard_of;
  while (!own.gone() && Clock::now() - heard_of < patience) {
    while (auto received = ranks.receive()) {
      heard_of = Clock::now();
      const std::string word = take_word(received->text);
      if (word == kFinish || word == kLeave) {
        return word == kFinish;
      }
      if (word == kRun) {
        own.start(std::stoull(received->text));
      }
    }
    for (const std::string& end : own.ended()) {
      ranks.send(0, message(kEnded, end));
    }
    if (Clock::now() - said > sign_of_life) {
      said = Clock::now();
      ranks.send(0, std::string(kAlive));
    }
    pollfd descriptor = {own.descriptor(), POLLIN, 0};
    (void)::poll(&descriptor, 1, static_cast<int>(kPause.count()));
  }
  return false;
}

void report_mistake(Ranks& ranks, const std::string& mistake) {
  ranks.send(0, message(kMistake, mistake));
}

}  // namespace p9mmu::model
