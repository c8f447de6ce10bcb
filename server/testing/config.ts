/** An own PostgreSQL to test against instead of the embedded one; its user must be able to create databases and roles. */
export const databaseUrl = (): string | undefined => process.env.DATABASE_URL || undefined;
