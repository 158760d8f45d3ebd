#include "model/sweep/sqlite.h"

#include <sqlite3.h>

namespace p9mmu::model {
namespace {

/// How long to wait for somebody else's lock: a reader's checkpoint, a copy being made.
constexpr int kPatienceMs = 10'000;

int flags_of(Sqlite::Mode mode) {
  // For reading, too: what is read-only for the system SQLite opens so by itself, and elsewhere a killed
  // writer may have left a journal to be undone first.
  return mode == Sqlite::Mode::create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE;
}

}  // namespace

bool SqliteError::is_no_database() const {
  return code_ == SQLITE_NOTADB || code_ == SQLITE_CORRUPT;
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) {
    throw SqliteError(code & 0xff, sqlite3_errmsg(sqlite3_db_handle(statement_.get())));
  }
}

Statement& Statement::bind(int parameter, std::string_view text) {
  check(sqlite3_bind_text64(statement_.get(), parameter, text.data(), text.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(int parameter, std::int64_t number) {
  check(sqlite3_bind_int64(statement_.get(), parameter, number));
  return *this;
}

Statement& Statement::bind(int parameter, double number) {
  check(sqlite3_bind_double(statement_.get(), parameter, number));
  return *this;
}

Statement& Statement::bind_null(int parameter) {
  check(sqlite3_bind_null(statement_.get(), parameter));
  return *this;
}

Statement& Statement::bind_text_or_null(int parameter, std::string_view text) {
  return text.empty() ? bind_null(parameter) : bind(parameter, text);
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) {
    return true;
  }
  const int reset = sqlite3_reset(statement_.get());
  check(code == SQLITE_DONE ? reset : code);
  return false;
}

void Statement::run() {
  while (step()) {
  }
}

int Statement::columns() const {
  return sqlite3_column_count(statement_.get());
}

std::string Statement::name(int column) const {
  return sqlite3_column_name(statement_.get(), column);
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::string Statement::text(int column) const {
  const auto* const text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return text == nullptr ? std::string() : std::string(text, static_cast<std::size_t>(size));
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::real(int column) const {
  return sqlite3_column_double(statement_.get(), column);
}

void Sqlite::Close::operator()(sqlite3* connection) const {
  sqlite3_close_v2(connection);
}

Sqlite::Sqlite(const std::string& path, Mode mode) {
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &connection, flags_of(mode), nullptr);
  connection_.reset(connection);
  if (code != SQLITE_OK) {
    throw SqliteError(code & 0xff, connection == nullptr ? "out of memory" : sqlite3_errmsg(connection));
  }
  sqlite3_busy_timeout(connection, kPatienceMs);
  if (mode == Mode::read) {
    execute("PRAGMA query_only=ON");
  }
}

void Sqlite::execute(const std::string& sql) {
  const int code = sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) {
    throw SqliteError(code & 0xff, sqlite3_errmsg(connection_.get()));
  }
}

Statement Sqlite::prepare(std::string_view sql) const {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v2(connection_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
  if (code != SQLITE_OK) {
    throw SqliteError(code & 0xff, sqlite3_errmsg(connection_.get()));
  }
  return Statement(statement);
}

Transaction::Transaction(Sqlite& sqlite) : sqlite_(sqlite) {
  sqlite_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (open_) {
    try {
      sqlite_.execute("ROLLBACK");
    } catch (const SqliteError&) {  // a full disk may have undone it already
    }
  }
}

void Transaction::commit() {
  sqlite_.execute("COMMIT");
  open_ = false;
}

}  // namespace p9mmu::model
