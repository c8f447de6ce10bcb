export { type Connection, openConnection } from "./commit/connection.ts";
export type { Contributor, Entry, GroupCommit, GroupCommitOptions, Outcome, Statement, Tx, Unit } from "./commit.ts";
export { pgConfig } from "./config.ts";
export { connect, connectAsOwner, type PoolConfig, SERVER_ROLE, type Sql } from "./connect.ts";
export { discardPostgres, type EmbeddedOptions, type EmbeddedPostgres, startPostgres } from "./embedded.ts";
export { createGroupCommit } from "./group-commit.ts";
export { findMigrations, type MigrationSet, migrate } from "./migrate.ts";
export { booleanArray, fromNumeric, jsonArray, numberArray, textArray, toNumeric } from "./numeric.ts";
