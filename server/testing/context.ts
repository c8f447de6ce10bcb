/** What the global set-up hands to every test file. */
export interface TestCluster {
  /** Of the database `postgres`, as a user that may create databases. */
  adminUrl: string;
  /** The migrated database that every test database is a copy of. */
  template: string;
  /** Why there is no template: a migration that fails must fail the tests that need it, and only those. */
  failure: string | null;
  /** Where tests make their folders. */
  tempRoot: string;
}

declare module "vitest" {
  export interface ProvidedContext {
    testCluster: TestCluster;
  }
}

export const withDatabase = (url: string, database: string): string => {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.toString();
};
