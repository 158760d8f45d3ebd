// SQLite with owners: a connection and prepared statements that close themselves and throw. What is stored is
// not known here (results_database.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace p9mmu::model {

/// What SQLite says, and its (primary) result code.
class SqliteError : public std::runtime_error {
 public:
  SqliteError(int code, const std::string& what) : std::runtime_error(what), code_(code) {}

  [[nodiscard]] int code() const { return code_; }
  /// True if the file is not a database, or not one any more.
  [[nodiscard]] bool is_no_database() const;

 private:
  int code_;
};

class Statement {
 public:
  Statement(Statement&&) noexcept = default;
  Statement& operator=(Statement&&) noexcept = default;

  /// Parameters are numbered from 1; texts are copied.
  Statement& bind(int parameter, std::string_view text);
  Statement& bind(int parameter, std::int64_t number);
  Statement& bind(int parameter, double number);
  Statement& bind_null(int parameter);
  template <typename Value>
  Statement& bind(int parameter, const std::optional<Value>& value) {
    return value ? bind(parameter, *value) : bind_null(parameter);
  }
  /// "" becomes null.
  Statement& bind_text_or_null(int parameter, std::string_view text);

  /// True if there is a row to look at, false at the end; the statement can then be bound and stepped anew.
  bool step();
  /// Steps to the end.
  void run();

  /// Columns of the row are numbered from 0.
  [[nodiscard]] int columns() const;
  [[nodiscard]] std::string name(int column) const;
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;

 private:
  friend class Sqlite;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
  void check(int code) const;

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

class Sqlite {
 public:
  /// One that reads puts right what a writer that was killed has left, where it may, and writes nothing else.
  enum class Mode : std::uint8_t { read, write, create };

  /// Throws SqliteError.
  Sqlite(const std::string& path, Mode mode);

  /// One or several statements without parameters.
  void execute(const std::string& sql);
  [[nodiscard]] Statement prepare(std::string_view sql) const;

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  std::unique_ptr<sqlite3, Close> connection_;
};

/// All or nothing: undone unless committed.
class Transaction {
 public:
  explicit Transaction(Sqlite& sqlite);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  void commit();

 private:
  Sqlite& sqlite_;
  bool open_ = true;
};

}  // namespace p9mmu::model
