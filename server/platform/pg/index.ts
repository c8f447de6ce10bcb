export type { Contributor, Entry, GroupCommit, Outcome, Statement, Tx, Unit } from "./commit.ts";
