export { type Leadership, type LeadershipOptions, withLeadership } from "./leadership.ts";
export { createRunner, type Runner } from "./runner.ts";
