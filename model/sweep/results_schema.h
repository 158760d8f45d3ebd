// The tables of a sweep's results, schema "p9mmu.sweep/1" (docs/sweep-database.md).
#pragma once

namespace p9mmu::model {

inline constexpr const char* kSweepSchema = "p9mmu.sweep/1";

/// In the database's header, so that file(1) and others can tell: "p9sw".
inline constexpr int kSweepApplicationId = 0x70397377;

inline constexpr const char* kSweepTables = R"(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE plan(hash TEXT PRIMARY KEY, name TEXT NOT NULL, question TEXT NOT NULL, text TEXT NOT NULL);
CREATE TABLE plan_axis(plan TEXT NOT NULL, number INTEGER NOT NULL, axis TEXT NOT NULL, together TEXT, in_turn TEXT,
                       PRIMARY KEY(plan, number));
CREATE TABLE plan_point(plan TEXT NOT NULL, number INTEGER NOT NULL, point TEXT NOT NULL,
                        PRIMARY KEY(plan, number));
CREATE TABLE point(hash TEXT PRIMARY KEY, state TEXT NOT NULL CHECK(state IN ('done', 'failed')), message TEXT,
                   kernel TEXT NOT NULL, machine TEXT NOT NULL, script TEXT NOT NULL, seed INTEGER NOT NULL,
                   cpus INTEGER, inputs TEXT NOT NULL, command TEXT NOT NULL, machine_hash TEXT,
                   lost INTEGER NOT NULL DEFAULT 0);
CREATE TABLE setting(point TEXT NOT NULL, axis TEXT NOT NULL, value TEXT NOT NULL, number REAL,
                     PRIMARY KEY(point, axis));
CREATE TABLE result(point TEXT NOT NULL, phase TEXT NOT NULL, ordinal INTEGER NOT NULL,
                    elapsed_ps INTEGER NOT NULL, victim_ps INTEGER NOT NULL, published_ms REAL,
                    published_is TEXT, document TEXT NOT NULL, PRIMARY KEY(point, phase, ordinal));
CREATE TABLE machine(hash TEXT PRIMARY KEY, name TEXT NOT NULL, cpus INTEGER NOT NULL, document TEXT NOT NULL);
CREATE TABLE host(point TEXT PRIMARY KEY, seconds REAL NOT NULL, peak_bytes INTEGER NOT NULL);
)";

}  // namespace p9mmu::model
