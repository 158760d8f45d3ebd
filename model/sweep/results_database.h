// The one SQLite file into which a sweep's results go, each point in a transaction of its own as it ends, so
// that nothing but the points in flight can be lost. One process writes at a time, others may read meanwhile.
// docs/sweep-database.md describes the tables.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "model/sweep/point_record.h"
#include "model/sweep/sqlite.h"
#include "model/sweep/sweep_plan.h"

namespace p9mmu::model {

/// The name that is locked beside the database while it is written to.
class WriterLock {
 public:
  /// Throws OutputError if another process holds it or it cannot be made.
  explicit WriterLock(const std::string& database);
  ~WriterLock();
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  std::string path_;
  int descriptor_ = -1;
};

struct RecordedPoint {
  PointState state = PointState::missing;
  double seconds = 0;  ///< of processor time
};

/// What a database knows already.
struct Recorded {
  std::unordered_map<std::string, RecordedPoint> points;  ///< by hash
  std::unordered_set<std::string> plans;                  ///< their hashes
};

/// Nothing is written, and nothing is known if there is no such file. Throws mmu::UserError if it is
/// something else than a sweep's results.
[[nodiscard]] Recorded read_recorded(const std::string& path);

/// Throws mmu::UserError if there are no results of a sweep.
[[nodiscard]] Sqlite open_results(const std::string& path);
[[noreturn]] void fail_reading(const std::string& path, const SqliteError& error);

/// Opens the results of a sweep for reading and gives what `read` makes of them. Throws mmu::UserError if
/// there are none.
template <typename Read>
auto with_results(const std::string& path, const Read& read) {
  const Sqlite sqlite = open_results(path);
  try {
    return read(sqlite);
  } catch (const SqliteError& error) {
    fail_reading(path, error);
  }
}

class ResultsDatabase {
 public:
  /// Opens or makes the file. Throws mmu::UserError if it is something else, OutputError if it cannot be
  /// written.
  explicit ResultsDatabase(const std::string& path);

  /// The plan with its points and their settings. Throws OutputError, as record() and close() do.
  void add_plan(const SweepPlan& plan);
  /// Replaces what was recorded of that point.
  void record(const SweepPlan& plan, std::size_t point, const PointRecord& record);
  /// To be called when all is done: leaves one file without companions, if nobody reads it just then.
  void close();

 private:
  void open();
  void create_tables();
  /// Runs `action` in a transaction; `what` is for the message.
  template <typename Action>
  void transact(const Action& action);
  struct MachineRow {
    std::string hash;
    std::int64_t cpus;
  };
  /// Stores the machine if it is not there; nothing if its inputs do not go together.
  std::optional<MachineRow> store_machine(const SweepPlan& plan, const PointInputs& inputs);
  void store_point(const SweepPlan& plan, std::size_t point, const PointRecord& record);
  void store_results(const std::string& hash, const PointRecord& record);

  std::string path_;
  WriterLock lock_;
  std::optional<Sqlite> sqlite_;
  std::map<std::string, std::int64_t> machines_;  ///< CPUs by hash, of those that are stored
  struct Statements;
  std::shared_ptr<Statements> statements_;
};

}  // namespace p9mmu::model
