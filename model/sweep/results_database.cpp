#include "model/sweep/results_database.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "mmu/error.h"
#include "model/cli/output.h"
#include "model/report/json.h"
#include "model/sweep/results_schema.h"

namespace p9mmu::model {
namespace {

using report::Json;

std::string dumped(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

[[noreturn]] void fail_foreign(const std::string& path) {
  throw mmu::UserError(path, 0, "is not a database of a sweep's results; expected one, or a new name");
}

[[noreturn]] void fail_output(const std::string& path, const std::string& why) {
  throw OutputError(path + " cannot be written: " + why);
}

/// True if it has no tables yet, false if they are a sweep's. Throws mmu::UserError for any others.
bool is_empty(const Sqlite& sqlite, const std::string& path) {
  Statement tables =
      sqlite.prepare("SELECT count(*), count(*) FILTER (WHERE name = 'meta') FROM sqlite_master");
  if (!tables.step() || tables.integer(0) == 0) {
    return true;
  }
  if (tables.integer(1) == 1) {
    Statement schema = sqlite.prepare("SELECT value FROM meta WHERE key = 'schema'");
    if (schema.step() && schema.text(0) == kSweepSchema) {
      return false;
    }
  }
  fail_foreign(path);
}

bool is_there(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored) && std::filesystem::file_size(path, ignored) > 0;
}

PointState state_of(const std::string& word, bool lost) {
  return word == "done" ? PointState::done : lost ? PointState::lost : PointState::failed;
}

std::string inputs_json(const SweepPlan& plan, const PointInputs& inputs) {
  return dumped({{"program_version", plan.program_version()},
                 {"script", inputs.script},
                 {"script_hash", plan.script_hash()},
                 {"options", plan.options_in_force(inputs)},
                 {"kernel", inputs.kernel},
                 {"machine", inputs.machine},
                 {"set", inputs.sets},
                 {"cpus", inputs.cpus ? Json(*inputs.cpus) : Json()},
                 {"seed", inputs.seed}});
}

}  // namespace

WriterLock::WriterLock(const std::string& database) : path_(database + "-lock") {
  constexpr mode_t kMode = 0666;
  for (;;) {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode);
    if (descriptor_ < 0) {
      fail_output(database, std::strerror(errno));
    }
    // Not flock(), whose locks children would inherit and keep.
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    if (::fcntl(descriptor_, F_SETLK, &lock) != 0) {
      ::close(descriptor_);
      fail_output(database, "another sweep is writing to it");
    }
    struct stat mine {};
    struct stat named {};
    ::fstat(descriptor_, &mine);
    if (::stat(path_.c_str(), &named) == 0 && mine.st_ino == named.st_ino) {
      return;
    }
    ::close(descriptor_);  // its holder has just taken it away
  }
}

WriterLock::~WriterLock() {
  ::unlink(path_.c_str());
  ::close(descriptor_);
}

Sqlite open_results(const std::string& path) {
  try {
    if (is_there(path)) {
      Sqlite sqlite(path, Sqlite::Mode::read);
      if (!is_empty(sqlite, path)) {
        return sqlite;
      }
    }
  } catch (const SqliteError& error) {
    fail_reading(path, error);
  }
  throw mmu::UserError(path, 0, "there is no such file, or nothing in it; expected a sweep's results");
}

void fail_reading(const std::string& path, const SqliteError& error) {
  if (error.is_no_database()) {
    fail_foreign(path);
  }
  throw mmu::UserError(path, 0, std::string("cannot be read: ") + error.what());
}

Recorded read_recorded(const std::string& path) {
  Recorded recorded;
  if (!is_there(path)) {
    return recorded;
  }
  try {
    const Sqlite sqlite(path, Sqlite::Mode::read);
    if (is_empty(sqlite, path)) {
      return recorded;
    }
    Statement points =
        sqlite.prepare("SELECT hash, state, lost, seconds FROM point LEFT JOIN host ON host.point = hash");
    while (points.step()) {
      recorded.points.emplace(
          points.text(0), RecordedPoint{state_of(points.text(1), points.integer(2) != 0), points.real(3)});
    }
    Statement plans = sqlite.prepare("SELECT hash FROM plan");
    while (plans.step()) {
      recorded.plans.insert(plans.text(0));
    }
  } catch (const SqliteError& error) {
    fail_reading(path, error);
  }
  return recorded;
}

struct ResultsDatabase::Statements {
  explicit Statements(const Sqlite& sqlite)
      : delete_results(sqlite.prepare("DELETE FROM result WHERE point = ?")),
        point(sqlite.prepare(
            "INSERT OR REPLACE INTO point(hash, state, message, kernel, machine, script, seed, "
            "cpus, inputs, command, machine_hash, lost) VALUES(?,?,?,?,?,?,?,?,?,?,?,?)")),
        result(
            sqlite.prepare("INSERT INTO result(point, phase, ordinal, elapsed_ps, victim_ps, published_ms, "
                           "published_is, document) VALUES(?,?,?,?,?,?,?,?)")),
        machine(sqlite.prepare("INSERT OR REPLACE INTO machine(hash, name, cpus, document) VALUES(?,?,?,?)")),
        host(sqlite.prepare("INSERT OR REPLACE INTO host(point, seconds, peak_bytes) VALUES(?,?,?)")) {}

  Statement delete_results;
  Statement point;
  Statement result;
  Statement machine;
  Statement host;
};

ResultsDatabase::ResultsDatabase(const std::string& path) : path_(path), lock_(path) {
  try {
    open();
  } catch (const SqliteError& error) {
    if (error.is_no_database()) {
      fail_foreign(path_);
    }
    fail_output(path_, error.what());
  }
}

void ResultsDatabase::open() {
  sqlite_.emplace(path_, Sqlite::Mode::create);
  const bool is_new = is_empty(*sqlite_, path_);
  // Readers do not hold up the writer, nor it them. A commit survives the death of the process, and at worst
  // the last ones are undone by a power failure.
  sqlite_->execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL");
  if (is_new) {
    create_tables();
  }
  statements_ = std::make_shared<Statements>(*sqlite_);
  Statement rows = sqlite_->prepare("SELECT hash, cpus FROM machine");
  while (rows.step()) {
    machines_.emplace(rows.text(0), rows.integer(1));
  }
}

void ResultsDatabase::create_tables() {
  Transaction transaction(*sqlite_);
  sqlite_->execute("PRAGMA application_id=" + std::to_string(kSweepApplicationId));
  sqlite_->execute(kSweepTables);
  sqlite_->execute(std::string("INSERT INTO meta VALUES('schema', '") + kSweepSchema + "')");
  transaction.commit();
}

template <typename Action>
void ResultsDatabase::transact(const Action& action) {
  try {
    Transaction transaction(*sqlite_);
    action();
    transaction.commit();
  } catch (const SqliteError& error) {
    fail_output(path_, error.what());
  }
}

void ResultsDatabase::add_plan(const SweepPlan& plan) {
  transact([&] {
    sqlite_->prepare("INSERT OR REPLACE INTO meta VALUES('program_version', ?)")
        .bind(1, plan.program_version())
        .run();
    Statement known = sqlite_->prepare("SELECT 1 FROM plan WHERE hash = ?");
    if (known.bind(1, plan.hash()).step()) {
      return;
    }
    sqlite_->prepare("INSERT INTO plan(hash, name, question, text) VALUES(?,?,?,?)")
        .bind(1, plan.hash())
        .bind(2, plan.file().name)
        .bind(3, plan.file().question)
        .bind(4, plan.file().text)
        .run();
    Statement plan_axis =
        sqlite_->prepare("INSERT INTO plan_axis(plan, number, axis, together, in_turn) VALUES(?,?,?,?,?)");
    std::int64_t number = 0;
    for (const PlanAxis& axis : plan.file().axes) {
      plan_axis.bind(1, plan.hash())
          .bind(2, ++number)
          .bind(3, axis.vary)
          .bind_text_or_null(4, axis.group)
          .bind_text_or_null(5, axis.in_turn)
          .run();
    }
    Statement plan_point = sqlite_->prepare("INSERT INTO plan_point(plan, number, point) VALUES(?,?,?)");
    Statement setting =
        sqlite_->prepare("INSERT OR REPLACE INTO setting(point, axis, value, number) VALUES(?,?,?,?)");
    for (std::size_t point = 0; point < plan.size(); ++point) {
      const std::string& hash = plan.hash(point);
      plan_point.bind(1, plan.hash()).bind(2, static_cast<std::int64_t>(point) + 1).bind(3, hash).run();
      for (const Setting& value : plan.settings(point)) {
        setting.bind(1, hash).bind(2, value.axis).bind(3, value.value).bind(4, value.number).run();
      }
    }
  });
}

std::optional<ResultsDatabase::MachineRow> ResultsDatabase::store_machine(const SweepPlan& plan,
                                                                          const PointInputs& inputs) {
  const std::string hash = plan.machines().hash(inputs);
  const auto known = machines_.find(hash);
  if (known != machines_.end()) {
    return MachineRow{hash, known->second};
  }
  try {
    const Machine machine = plan.machines().resolve(inputs);
    const std::int64_t cpus = machine.parameters.interconnect.topology.cpus();
    statements_->machine.bind(1, hash)
        .bind(2, machine.name)
        .bind(3, cpus)
        .bind(4, dumped(report::to_json(machine)))
        .run();
    return MachineRow{hash, cpus};
  } catch (const mmu::UserError&) {
    return std::nullopt;
  }
}

void ResultsDatabase::store_point(const SweepPlan& plan, std::size_t point, const PointRecord& record) {
  const PointInputs inputs = plan.inputs(point);
  const std::optional<MachineRow> machine = store_machine(plan, inputs);
  statements_->point.bind(1, plan.hash(point))
      .bind(2, record.state == PointState::done ? "done" : "failed")
      .bind_text_or_null(3, record.message)
      .bind(4, inputs.kernel)
      .bind(5, inputs.machine)
      .bind(6, inputs.script)
      .bind(7, static_cast<std::int64_t>(inputs.seed))
      .bind(8, machine ? std::optional(machine->cpus) : std::nullopt)
      .bind(9, inputs_json(plan, inputs))
      .bind(10, run_command_line(inputs))
      .bind_text_or_null(11, machine ? machine->hash : "")
      .bind(12, std::int64_t{record.state == PointState::lost ? 1 : 0})
      .run();
  store_results(plan.hash(point), record);
  if (machine) {
    machines_.emplace(machine->hash, machine->cpus);
  }
}

void ResultsDatabase::store_results(const std::string& hash, const PointRecord& record) {
  statements_->delete_results.bind(1, hash).run();
  std::int64_t ordinal = 0;
  for (const PhaseRecord& phase : record.phases) {
    statements_->result.bind(1, hash)
        .bind(2, phase.phase)
        .bind(3, ordinal++)
        .bind(4, phase.elapsed_ps)
        .bind(5, phase.victim_ps)
        .bind(6, phase.published_ms)
        .bind_text_or_null(7, phase.published_is)
        .bind(8, phase.document)
        .run();
  }
  statements_->host.bind(1, hash).bind(2, record.seconds).bind(3, record.peak_bytes).run();
}

void ResultsDatabase::record(const SweepPlan& plan, std::size_t point, const PointRecord& record) {
  transact([&] { store_point(plan, point, record); });
}

void ResultsDatabase::close() {
  statements_.reset();
  try {
    sqlite_->execute("PRAGMA busy_timeout=100; PRAGMA journal_mode=DELETE");
  } catch (const SqliteError&) {  // a reader holds it; the log beside the file is part of it then
  }
  sqlite_.reset();
}

}  // namespace p9mmu::model
